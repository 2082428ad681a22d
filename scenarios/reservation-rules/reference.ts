// The presets as a table in Markdown: a part of docs/scenarios.md, which a test keeps the same as the text of this function.
import { RESERVATION_RULES } from './catalogue.ts';

export function reservationRulesReference(): string {
  return [
    '| `reservationRules` | rule | source | not in it |',
    '|---|---|---|---|',
    ...RESERVATION_RULES.map(
      ({ name, rule, source, without = '–' }) => `| \`${name}\` | ${rule} | ${source} | ${without} |`,
    ),
  ].join('\n');
}
