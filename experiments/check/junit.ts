// What a check found as JUnit XML, which CI services show as tests: a case for each figure of each combination, an error for each run that failed.
import { html, type Markup } from '../../reports/html/markup.ts';
import { type CheckFindings, combinationText, sentence, subjectOf } from './check-report.ts';

export function junitXml({ baseline, failures, name, verdicts }: CheckFindings): string {
  const className = (combination: Readonly<Record<string, string>>) =>
    legal(
      [`openpex check ${name}`, combinationText(combination).replace(/, $/, '')].filter(Boolean).join(': '),
    );
  const failed = verdicts.filter(({ state }) => state === 'worse').length;
  const cases: Markup[] = [
    ...failures.map(
      ({ code, combination, message, seed }) =>
        html`    <testcase classname="${className(combination)}" name="${`seed ${seed}`}"><error type="${code ?? 'bug'}" message="${legal(message)}"/></testcase>
`,
    ),
    ...verdicts.map((verdict) => {
      const says = legal(sentence(verdict));
      const outcome =
        verdict.state === 'worse'
          ? html`<failure type="worse" message="${says}">${says}
compared with ${legal(baseline)}</failure>`
          : html`<system-out>${says}</system-out>`;
      return html`    <testcase classname="${className(verdict.combination)}" name="${legal(subjectOf(verdict))}">${outcome}</testcase>
`;
    }),
  ];
  const counts = { tests: cases.length, failures: failed, errors: failures.length };
  return html`<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="${counts.tests}" failures="${counts.failures}" errors="${counts.errors}">
  <testsuite name="${legal(`openpex check ${name}`)}" tests="${counts.tests}" failures="${counts.failures}" errors="${counts.errors}">
${cases}  </testsuite>
</testsuites>
`.text;
}

/** XML 1.0 has no way to write control characters; messages of policies may have some. Line ends would be lost in attributes. */
function legal(text: string): string {
  return text.replace(/(?![\t\n\r])\p{Cc}|\p{Cs}|[\ufffe\uffff]/gu, '�');
}
