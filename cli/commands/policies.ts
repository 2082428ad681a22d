// openpex policies: what can decide, and what can be set about it. Everything comes from the catalogue and the options' schemas. To check a policy of
// one's own is a command below it.
import { KINDS, POLICY_KINDS, type PolicyDefinition } from '../../engine/for-policies.ts';
import { CATALOGUE } from '../../policies/catalogue.ts';
import { isDefaultPolicy, policyText } from '../../policies/guide.ts';
import { InputError } from '../../written/input-error.ts';
import { suggestion } from '../../written/suggestion.ts';
import type { CommandBody } from '../command.ts';
import { policiesCheckCommand } from './policies-check.ts';

interface PoliciesArguments {
  name?: string | undefined;
  json: boolean;
}

export const policiesCommand: CommandBody<PoliciesArguments> = {
  builder: (yargs) => {
    // The name of a policy that is like "check" is no misspelt command; its types know no parameter.
    Reflect.apply(yargs.recommendCommands, yargs, [false]);
    return yargs
      .command(policiesCheckCommand)
      .positional('name', {
        type: 'string',
        describe: 'A policy (best-fit), a kind (allocation), or both (allocation=best-fit)',
      })
      .option('json', {
        type: 'boolean',
        default: false,
        describe: 'Print JSON, with the schema of the options',
      })
      .example('$0 policies flat', 'What the flat price is made of');
  },
  handler: ({ name, json }) => {
    process.stdout.write(json ? policiesJson(name) : policiesText(name));
  },
};

/**
 * A list by kind; of a single policy, its options.
 * @throws InputError PEX_POLICY_UNKNOWN
 */
export function policiesText(name?: string): string {
  const policies = select(name);
  const [only] = policies;
  if (policies.length === 1 && only !== undefined) return policyText(only);
  const width = Math.max(...policies.map((policy) => policy.name.length));
  const kinds = POLICY_KINDS.filter((kind) => policies.some((policy) => policy.kind === kind));
  const lists = kinds.map((kind) => {
    const lines = policies
      .filter((policy) => policy.kind === kind)
      .map(
        (policy) =>
          `  ${policy.name.padEnd(width)}  ${policy.summary}${isDefaultPolicy(policy) ? ' [default]' : ''}`,
      );
    return `${kind}: ${KINDS[kind].question}\n${lines.join('\n')}\n`;
  });
  return `${lists.join('\n')}\nOptions of one: openpex policies NAME. Your own: docs/writing-a-policy.md.\n`;
}

/** The same for scripts: a list, always. */
export function policiesJson(name?: string): string {
  const list = select(name).map((policy) => ({
    kind: policy.kind,
    name: policy.name,
    summary: policy.summary,
    default: isDefaultPolicy(policy),
    ...policy.guide,
    options: policy.options,
  }));
  return `${JSON.stringify(list, null, 2)}\n`;
}

function select(name: string | undefined): readonly PolicyDefinition[] {
  const all: readonly PolicyDefinition[] = POLICY_KINDS.flatMap(
    (kind): readonly PolicyDefinition[] => CATALOGUE[kind],
  );
  if (name === undefined) return all;
  const selected = all.filter(({ kind, name: own }) => [own, kind, `${kind}=${own}`].includes(name));
  if (selected.length > 0) return selected;
  const known = [...new Set([...all.map((policy) => policy.name), ...POLICY_KINDS])];
  throw new InputError('PEX_POLICY_UNKNOWN', `there is no policy "${name}"${suggestion(name, known)}`);
}
