// A user's policy of each kind that writes, throws, answers NaN, a promise or nothing: the run fails with an error that names the place in
// the file and the request, never with figures that are wrong.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reportError } from '../../cli/exit.ts';
import { PolicyError, simulate } from '../../engine/index.ts';
import { loadScenario } from '../../scenarios/load/scenario.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openpex-policy-'));
  await writeFile(
    join(folder, 'day.csv'),
    'submit,id,start,duration,type,instances\n0,a,3600,7200,SMALL,4\n60,b,3600,7200,SMALL,4\n',
  );
  // Node n1 is lost while it is in use: its reservation has to be compensated.
  await writeFile(
    join(folder, 'day.yaml'),
    `cluster: { nodes: [{ group: n1, cpus: 4, memoryMib: 8192, diskGib: 100 }] }
workloads: [{ file: day.csv }]
incidents: [{ at: "2009-08-17T01:30:00Z", node: n1, kind: fail }]
`,
  );
});
afterAll(() => rm(folder, { recursive: true }));

interface Subject {
  readonly kind: string;
  readonly helper: string;
  /** The policy around the function that misbehaves. */
  readonly around: (misbehaving: string) => string;
  readonly name: string;
  readonly parameters: string;
  /** A write to what the function is handed, deep down. */
  readonly write: string;
  readonly expected: string;
}

const SUBJECTS: readonly Subject[] = [
  {
    kind: 'allocation',
    helper: 'allocationPolicy',
    around: (it) => it,
    name: 'choose',
    parameters: 'request, candidates, cluster, decision',
    write: '[...candidates][0].capacity.milliCpus = 1',
    expected: 'one of the candidates',
  },
  {
    kind: 'counter-offer',
    helper: 'counterOfferPolicy',
    around: (it) => it,
    name: 'respond',
    parameters: 'ask, view, decision',
    write: 'ask.proposal.demand.milliCpus = 1',
    expected: 'a list of offers',
  },
  {
    kind: 'pricing',
    helper: 'pricingPolicy',
    around: (it) => `${it} compensation: () => ({ refundMicros: 0, penaltyMicros: 0 }),`,
    name: 'price',
    parameters: 'proposal, view, decision',
    write: 'view.clusterCapacity.milliCpus = 1',
    expected: 'whole micro-credits of at least 0',
  },
  {
    kind: 'pricing',
    helper: 'pricingPolicy',
    around: (it) => `${it} price: () => 1,`,
    name: 'compensation',
    parameters: 'agreement, decision',
    write: 'agreement.proposal.demand.milliCpus = 1',
    expected: '{refundMicros, penaltyMicros}',
  },
  {
    kind: 'buyer',
    helper: 'buyerPolicy',
    around: (it) => it,
    name: 'respond',
    parameters: 'offer, request, round, decision',
    write: 'offer.proposal.startMs = 1',
    expected: '{reply: ACCEPT}',
  },
];

/** Runs with a policy whose function has that body, on line 7 of its file. */
async function failure({ around, helper, kind, name, parameters }: Subject, body: string): Promise<unknown> {
  const code = around(`${name}(${parameters}) {\n    ${body}\n    },`);
  await writeFile(
    join(folder, 'mine.ts'),
    `import { ${helper} } from 'openpex';
import { Type } from 'typebox';
type Whatever = any;
export default ${helper}({
  name: 'mine', summary: 'Mine.', options: Type.Object({}), create: (): Whatever => ({
    ${code}
}) });
`,
  );
  const loaded = await loadScenario(join(folder, 'day.yaml'), {
    policies: [`${kind}=${join(folder, 'mine.ts')}`],
  });
  return simulate(loaded.world()).then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe.each(SUBJECTS)('$kind policy: $name()', (subject) => {
  const { expected, kind, name, write } = subject;
  const named = (text: string) => text.replace(`${folder}/`, '');

  test.each([
    ['writes', write, 'threw TypeError: Cannot assign to read only property'],
    ['throws', "throw new Error('boom');", `threw Error: boom in ${name}()`],
  ])('that %s is named with its line and column', async (_, body, what) => {
    const error = (await failure(subject, body)) as PolicyError;
    expect(error).toBeInstanceOf(PolicyError);
    expect(named(error.message)).toMatch(new RegExp(`^mine\\.ts:7:\\d+: ${kind} policy "mine" `));
    expect(error.message).toContain(what);
    expect(error.message).toMatch(
      /, asked about (R\d|[ab])\b.*: 4 x .* from .* to .*, at 2009-08-17T\d\d:\d\d:\d\dZ$/,
    );
    const said: string[] = [];
    expect(await reportError(error, (text) => said.push(text))).toBe(1);
    expect(said.join('')).toContain('[PEX_POLICY_BROKE_RULES]');
  });

  test.each([
    ['NaN', 'return NaN;', `returned NaN from ${name}()`],
    ['a promise', 'return Promise.resolve();', `returned a promise from ${name}(); policies answer at once`],
    ['nothing', 'return;', `returned nothing (undefined) from ${name}()`],
    ['null', 'return null;', `returned null from ${name}()`],
  ])('that answers %s is told what was expected', async (_, body, what) => {
    const error = (await failure(subject, body)) as PolicyError;
    expect(error).toBeInstanceOf(PolicyError);
    expect(named(error.message)).toMatch(new RegExp(`^mine\\.ts: ${kind} policy "mine" `));
    expect(error.message).toContain(what);
    expect(error.message).toContain(`expected ${expected}`);
  });
});
