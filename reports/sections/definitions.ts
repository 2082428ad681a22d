// What the words of all sections mean.
import { html } from '../html/markup.ts';
import { section } from './section.ts';

export const definitionsSection = section({
  id: 'definitions',
  title: 'Definitions',
  reads: [],
  html: (_, sections) => html`<dl class="definitions">
${sections
  .flatMap(({ terms }) => terms ?? [])
  .map(
    ([term, meaning]) => html`<div><dt>${term}</dt><dd>${meaning}</dd></div>
`,
  )}</dl>`,
});
