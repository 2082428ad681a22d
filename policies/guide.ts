// What there is to read about policies, made from their definitions: the pages of `openpex policies NAME`, and docs/policies.md.
import type { TSchema } from 'typebox';
import { KINDS, POLICY_KINDS, type PolicyDefinition } from '../engine/for-policies.ts';
import { expectation } from '../written/written-value.ts';
import { CATALOGUE, defaultPolicyName } from './catalogue.ts';

/** What TypeBox does not type: the annotations that every option of ours carries. */
interface OptionFacts {
  readonly default?: unknown;
  readonly description?: string;
}

export function isDefaultPolicy({ kind, name }: PolicyDefinition): boolean {
  return defaultPolicyName(kind) === name;
}

/** One policy, for a terminal. */
export function policyText(policy: PolicyDefinition): string {
  const { guide, kind, name, summary } = policy;
  const options = optionsOf(policy).map(({ description, expected, name, value }) => [
    `  ${name} = ${value}`,
    `      ${description}`,
    `      Expects ${expected}.`,
  ]);
  return [
    `${kind}=${name}${isDefaultPolicy(policy) ? ' [default]' : ''}`,
    summary,
    '',
    ...(guide === undefined
      ? []
      : [`Rule    ${guide.rule}`, `Source  ${guide.origin}`, `Use     ${guide.use}`, '']),
    ...(options.length === 0 ? ['It has no options.'] : ['Options and their defaults', ...options.flat()]),
    '',
  ].join('\n');
}

/** docs/policies.md, whole. */
export function policiesPage(): string {
  const kinds = POLICY_KINDS.map((kind) => {
    const policies: readonly PolicyDefinition[] = CATALOGUE[kind];
    return [
      `## ${kind}`,
      `${KINDS[kind].question} In a scenario: \`policies: { ${KINDS[kind].key}: NAME }\`; on the command line: \`--policy ${kind}=NAME\`.`,
      ...policies.map(section),
    ].join('\n\n');
  });
  return `${[INTRODUCTION, ...kinds].join('\n\n')}\n`;
}

const INTRODUCTION = `# Policies

Every policy that ships: how it decides, where it comes from, when to use it, and what can be set. The same policies decide in \`openpex run\` and in
\`openpex live\`. \`openpex policies NAME\` prints what stands here of one; [writing-a-policy.md](writing-a-policy.md) tells how to write your own. This page is
made from the code.`;

function section(policy: PolicyDefinition): string {
  const { guide, name, summary } = policy;
  const options = optionsOf(policy);
  return [
    `### ${name}${isDefaultPolicy(policy) ? ' (default)' : ''}`,
    summary,
    ...(guide === undefined
      ? []
      : [`- **Rule:** ${cell(guide.rule)}\n- **Source:** ${guide.origin}\n- **Use:** ${guide.use}`]),
    ...(options.length === 0
      ? []
      : [
          [
            '| option | default | expects | |',
            '|---|---|---|---|',
            ...options.map(
              ({ description, expected, name, value }) =>
                `| \`${name}\` | \`${value}\` | ${cell(expected)} | ${cell(description)} |`,
            ),
          ].join('\n'),
        ]),
  ].join('\n\n');
}

function optionsOf({ options }: PolicyDefinition) {
  return Object.entries<TSchema & OptionFacts>(options.properties).map(([name, option]) => ({
    name,
    value: JSON.stringify(option.default),
    description: option.description ?? '',
    expected: expectation(option),
  }));
}

/** Markdown of a table or a list takes | and < for its own. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('*', '\\*').replaceAll('_', '\\_');
}
