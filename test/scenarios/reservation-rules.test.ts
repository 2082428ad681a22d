// The same six requests under the rules of each system: what is agreed, and what comes of calling it off.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DomainEvent, type Proposal, simulate } from '../../engine/index.ts';
import { loadScenario } from '../../scenarios/load/scenario.ts';
import { RESERVATION_RULES } from '../../scenarios/reservation-rules/catalogue.ts';
import { DAY, HOUR } from '../support/setup.ts';
import { ScenarioFolder } from './scenario-folder.ts';

let folder: ScenarioFolder;
beforeAll(async () => {
  folder = await ScenarioFolder.make();
  // Eight places. `days` is a day and half a minute; `six` wants more than the four places that it leaves on the tenth day.
  await folder.write(
    'asked.csv',
    `
id,submit,start,duration,type,instances,cancel
soon,0,43200,PT1H,SMALL,1,
days,3600,864000,P1DT30S,SMALL,4,
six,7200,864000,PT6H,SMALL,6,
held,10800,1728000,PT6H,SMALL,1,691200
late,10800,2592000,PT6H,SMALL,1,2505600
far,14400,11232000,PT6H,SMALL,1,
`,
  );
});
afterAll(() => folder.remove());

const SCENARIO = `
cluster:
  nodes: [{ group: n, count: 2, cpus: 4, memoryMib: 4096, diskGib: 100 }]
policies: { buyer: size-flexible }
workloads: [{ file: asked.csv }]
`;

async function run(more: string) {
  const file = await folder.write('scenario.yaml', SCENARIO + more);
  const events: DomainEvent[] = [];
  await simulate((await loadScenario(file, { env: {} })).world(), { onEvent: (event) => events.push(event) });
  return events;
}

/** One line for each request, in the order in which they were asked. */
async function whatBecame(rules: string): Promise<string[]> {
  const events = await run(`reservationRules: ${rules}\n`);
  return events.flatMap((event) => {
    if (event.type !== 'proposal-received') return [];
    const { reservationId } = event;
    const own = events.filter((each) => 'reservationId' in each && each.reservationId === reservationId);
    const initiated = own.find((each) => each.type === 'reservation-initiated')!;
    const agreed = own.find((each) => each.type === 'reservation-confirmed')?.proposal;
    const { reason } = own.find((each) => each.type === 'reservation-ended')!;
    const outcome = agreed === undefined ? reason : agreedText(event.proposal, agreed);
    const begun = event.atMs < DAY_OF_ASKING ? '' : 'asked late, ';
    const end = reason === 'cancelled-by-user' ? ', called off' : '';
    const bound = own.some((each) => each.type === 'message-refused') ? ', held to it' : '';
    return [`${initiated.origin?.requestId}: ${begun}${outcome}${end}${bound}`];
  });
}

const DAY_OF_ASKING = Date.UTC(2009, 7, 18);

function agreedText(asked: Proposal, agreed: Proposal): string {
  const changes = [
    agreed.numInstancesFixed === asked.numInstancesFixed
      ? []
      : [`${agreed.numInstancesFixed} of ${asked.numInstancesFixed}`],
    agreed.durationMs === asked.durationMs ? [] : [`for ${(agreed.durationMs / HOUR).toFixed(2)}h`],
    agreed.startMs === asked.startMs ? [] : [`${((agreed.startMs - asked.startMs) / DAY).toFixed(1)}d later`],
  ].flat();
  return changes.length === 0 ? 'as asked' : changes.join(', ');
}

/** Of those that never ask, because they withdraw before booking opens, there is no line. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  openpex: [
    'soon: as asked',
    'days: as asked',
    'six: 1.0d later',
    'held: as asked, called off',
    'late: as asked, called off',
    'far: as asked',
  ],
  haizea: [
    'soon: as asked',
    'days: as asked',
    'six: no-capacity',
    'held: as asked, called off',
    'late: as asked, called off',
    'far: as asked',
  ],
  slurm: [
    'soon: as asked',
    'days: for 24.02h',
    'six: 4 of 6',
    'held: as asked, called off',
    'late: as asked, called off',
    'far: as asked',
  ],
  'grid-engine': [
    'soon: as asked',
    'days: as asked',
    'six: no-capacity',
    'held: as asked, called off',
    'late: as asked, called off',
    'far: as asked',
  ],
  oar: [
    'soon: as asked',
    'days: as asked',
    'six: 1.0d later',
    'held: as asked, called off',
    'late: as asked, called off',
    'far: as asked',
  ],
  blazar: [
    'soon: as asked',
    'days: as asked',
    'six: no-capacity',
    'held: as asked, called off',
    'late: as asked, called off',
    'far: as asked',
  ],
  'ec2-reserved-2009': [
    'soon: as asked',
    'days: asked late, as asked',
    'six: asked late, no-capacity',
    'far: asked late, as asked',
  ],
  'ec2-future-dated': [
    'soon: too-soon',
    'days: as asked',
    'six: no-capacity',
    'held: as asked, held to it',
    'late: as asked, held to it',
    'far: asked late, as asked',
  ],
  'ec2-capacity-blocks': [
    'soon: for 24.00h',
    'days: for 48.00h',
    'six: for 24.00h, 2.0d later',
    'held: for 24.00h, held to it',
    'late: for 24.00h, held to it',
    'far: asked late, for 24.00h',
  ],
  'azure-future': [
    'soon: too-soon',
    'days: as asked',
    'six: 4 of 6',
    'held: as asked, called off',
    'late: as asked, held to it',
    'far: as asked',
  ],
  'google-calendar': [
    'soon: for 24.00h',
    'days: for 24.02h',
    'six: for 24.00h, 1.0d later',
    'held: for 24.00h, held to it',
    'late: for 24.00h, held to it',
    'far: asked late, for 24.00h',
  ],
};

test('every preset is tried here, and says where its rule is from', () => {
  expect(Object.keys(EXPECTED)).toEqual(RESERVATION_RULES.map(({ name }) => name));
  for (const { rule, source } of RESERVATION_RULES) expect(rule.length * source.length).toBeGreaterThan(0);
});

describe('by the rules of', () => {
  test.each(RESERVATION_RULES.map(({ name }) => name))('%s', async (name) => {
    expect(await whatBecame(name)).toEqual(EXPECTED[name]);
  });
});

test('what is said beside the name of a system goes before its rules, and both are written out', async () => {
  const file = await folder.write(
    'scenario.yaml',
    `${SCENARIO}reservationRules: azure-future\nnegotiation: { leadTime: { min: 1h } }\n`,
  );
  const { resolved } = await loadScenario(file, { env: {} });
  expect(resolved).not.toHaveProperty('reservationRules');
  expect(resolved).toMatchObject({
    negotiation: {
      leadTime: { min: '1h', max: 'unlimited' },
      binding: { from: '7d', until: 'unlimited' },
    },
    policies: { counterOffer: { name: 'fewer-instances' } },
  });
});

test("Chameleon's reaper takes back what nobody uses", async () => {
  const ends = (events: readonly DomainEvent[]) =>
    events.flatMap((event) =>
      event.type === 'reservation-ended' && event.reason === 'no-show' ? [event.reservationId] : [],
    );
  const absent = 'users: { noShow: 1 }\n';
  // All that are confirmed and not called off, but for the one that is over after the hour of the reaper.
  expect(ends(await run(`${absent}reservationRules: blazar\n`))).toHaveLength(2);
  expect(ends(await run(`${absent}reservationRules: haizea\n`))).toEqual([]);
});

test('each provider of a world has the rules that it names', async () => {
  const nodes = 'nodes: [{ group: n, count: 2, cpus: 4, memoryMib: 4096, diskGib: 100 }]';
  const file = await folder.write(
    'scenario.yaml',
    `
providers:
  cloud: { reservationRules: ec2-future-dated, cluster: { ${nodes} } }
  own: { cluster: { ${nodes} } }
workloads: [{ file: asked.csv }]
`,
  );
  const [cloud, own] = (await loadScenario(file, { env: {} })).world().providers;
  expect(cloud?.settings.rules?.leadMinMs).toBe(5 * DAY);
  expect(own?.settings.rules).toBeUndefined();
});
