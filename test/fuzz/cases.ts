// One damaged input after the other: files and a command line that reads them. The same number is the same case.
import { Rng } from '../../engine/index.ts';
import { damaged, ODD_VALUES } from './damage.ts';

export interface FuzzCase {
  readonly number: number;
  readonly files: Readonly<Record<string, string>>;
  readonly args: readonly string[];
}

export function fuzzCase(number: number): FuzzCase {
  const rng = Rng.fromSeed(`fuzz/${number}`);
  return { number, ...rng.pick(KINDS)(rng) };
}

/** Without any damage: were these refused, all damage would be found at the same place. */
export function soundCases(): FuzzCase[] {
  const files = { ...Object.fromEntries(LOGS), 'day.yaml': SCENARIO, 'month.yaml': GENERATOR };
  const commands = [
    ...LOGS.map(([name]) => ['convert', name, '-']),
    ['run', 'day.yaml', '--out', 'out'],
    ['generate', 'month.yaml', '-', '--count', '50'],
  ];
  return commands.map((args, index) => ({ number: -index, files, args }));
}

type Kind = (rng: Rng) => Omit<FuzzCase, 'number'>;

const CSV = `id,submit,start,duration,type,cpus,memory,disk,instances,optional,template,user,latest_start,deadline,max_price,kind,run_time,cancel,buyer
r1,0,3600,7200,SMALL,,,,2,1,,alice,7200,,5,advance,3600,,
r2,90.5,,600,MEDIUM,,,,1,0,,bob,,,,best-effort,,700,earliest-slot
r3,2009-08-17T01:00:00Z,2009-08-17T10:00:00+02:00,PT1H,,1.5,512,10,3,,etch,"Doe, Jane",,2009-08-18,,flexible,,,
r4,4000,,600,LARGE,,,,1,,,,,5000,0.5,deadline,,,exact-or-nothing
r5,5000,,600,SMALL,,,,1,,,,,,,immediate,100,,
`;
const SWF = `; Version: 2.2
1 0 5 50 4 -1 1024 4 600 2048 1 7 1 -1 1 -1 -1 -1
2 60 80 0 4 -1 -1 2 3600 -1 5 8 1 -1 1 -1 -1 -1
3 70 5 20 2 -1 -1 2 3600 -1 2 8 1 -1 1 -1 -1 -1
3 -1 5 30 2 -1 -1 2 3600 -1 3 8 1 -1 1 -1 -1 -1
4 90.5 -1 10 -1 0.5 -1 1 -1 -1 0 -1 1 -1 1 -1 -1 -1
`;
const LWF = `# a lease workload
0 -1 7342 7342 4 1 1024 0 NONE.img 600
10 3600 1800 -1 2 1 512 1024 'etch.img' 600
`;
const LWF_XML = `<?xml version="1.0"?>
<lease-workload name="sample">
  <site><resource-types names="CPU Memory"/></site>
  <lease-requests>
  <lease-request arrival="00:00:00">
    <realduration time="01:00:00"/>
    <lease id="1" preemptible="true">
      <nodes><node-set numnodes="2"><res type="CPU" amount="100"/><res type="Memory" amount="1024"/></node-set></nodes>
      <start></start><duration time="02:00:00"/><software><disk-image id="foo.img" size="1024"/></software>
    </lease>
  </lease-request>
  <lease-request arrival="00:10:00">
    <lease id="2"><nodes><node-set numnodes="1"><res type="CPU" amount="50"/><res type="Memory" amount="512"/></node-set></nodes>
      <start><exact time="00:30:00"/></start><duration time="00:15:00"/><deadline time="03:00:00"/></lease>
  </lease-request>
  </lease-requests>
</lease-workload>
`;
const OPENB = `name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time
p0,1200,1638,1,1000,,LS,Running,100,5000,130
p1,500,1024,0,0,,BE,Pending,200,900,
p2,500,1024,0,0,V100M16|V100M32,BE,Running,300,,400
`;
const GENERATOR = `until: 6h
capacity: { cpus: 20 }
populations:
  course:
    kind: advance
    arrivals: { process: poisson, perHour: 2, cycle: { hours: [0, 0, 0, 0, 0, 0, 1, 2, 4, 6, 6, 6, 4, 6, 6, 6, 6, 4, 4, 4, 4, 2, 1, 0], weekdays: [4, 4, 4, 4, 4, 1, 1] } }
    lead: { distribution: gamma, shape: 4, scale: 8h }
    slack: { distribution: exponential, mean: 2h }
    duration: { distribution: discrete, values: [1h, 2h, 4h], weights: [2, 5, 1] }
    size: SMALL
    instances: 3
    users: { count: 30, zipf: 0.5 }
  research:
    kind: best-effort
    count: 12
    arrivals: { process: weibull, shape: 0.5 }
    duration: { distribution: lognormal, median: 1h, sigma: 1.2, atMost: 1d, step: 15m }
    runTime: { distribution: quantiles, values: [0, 0.1, 0.5, 1], at: [0, 0.3, 0.7, 1] }
    size: [ { type: MEDIUM, weight: 3 }, { cpus: 0.5, memoryMib: 512, weight: 1 } ]
    instances: { distribution: uniform, min: 1, max: 4 }
    cancel: { share: 0.05, after: 1h }
`;
const CLUSTER = `cluster:
  nodes:
    - { group: n, count: 3, cpus: 4, memoryMib: 8192, diskGib: 400, dom0MemoryMib: 512, power: { idleW: 50, peakW: 90 } }
`;
const SCENARIO = `name: fuzzed
seed: 3
start: 2009-08-17T00:00:00Z
horizon: 12h
warmUp: 5%
${CLUSTER}instanceTypes:
  NODE: { cpus: 4, memoryMib: 4096, diskGib: 10 }
negotiation: { hold: 10m, maxRounds: 3, bookingHorizon: 365d, claimRisk: 0.1 }
manager: { shutdownLead: 30s, autoActivate: false, retryDelay: 10s }
hypervisor: { create: 10s, start: { min: 10s, max: 30s }, migrate: 40s, migrateDowntime: 1s, guestLoad: { min: 0.2, max: 0.8 } }
faults: { nodeMtbf: 30d, nodeMttr: 2h, operationFailure: 0.01 }
policies:
  allocation: best-fit
  counterOffer: { name: earliest-start, options: { maxDisplacement: 6h } }
  pricing: { name: flat, options: { cpuHour: 0.1 } }
  buyer: earliest-slot
buyers:
  exact: exact-or-nothing
users: { thinkTime: { min: 10s, max: 30s }, noShow: 0.1, claim: 0.5 }
incidents:
  - { at: 30m, node: n-001, kind: drain }
  - { at: 2009-08-17T02:00:00Z, node: n-001, kind: enable }
workloads:
  - { file: day.csv, lenient: true, sort: true, from: 0s, until: 2d, sample: 0.9, timeScale: 1.5, timeShift: 1h, limit: 9, idPrefix: a- }
  - { file: jobs.swf, swf: { processors: allocated, processorsPerNode: 2, memory: used, instance: { cpus: 1, memoryMib: 512 } }, defaults: { kind: flexible, maxDisplacement: 1h } }
`;
const PLAIN_SCENARIO = `manager: { autoActivate: true }\nnegotiation: { bookingHorizon: 3650000d }\n${CLUSTER}workloads: [ { file: FILE } ]\n`;

const LOGS: readonly (readonly [name: string, text: string])[] = [
  ['day.csv', CSV],
  ['jobs.swf', SWF],
  ['leases.lwf', LWF],
  ['leases.xml', LWF_XML],
  ['pods.csv', OPENB],
];

/** A log is converted, or simulated as it is. */
const log: Kind = (rng) => {
  const [name, text] = rng.pick(LOGS);
  const files = { [name]: damagedSomeTimes(text, rng), 'day.yaml': PLAIN_SCENARIO.replace('FILE', name) };
  const lenient = rng.integer(0, 2) === 0 ? ['--lenient'] : [];
  const convert = ['convert', name, '-', ...lenient, '--sort'];
  const simulate = ['run', 'day.yaml', '--out', 'out', '--set', 'workloads[0].sort=true'];
  if (lenient.length > 0) simulate.push('--set', 'workloads[0].lenient=true');
  return { files, args: rng.integer(0, 2) === 0 ? convert : simulate };
};

const scenario: Kind = (rng) => ({
  files: { 'day.csv': CSV, 'jobs.swf': SWF, 'day.yaml': damagedSomeTimes(SCENARIO, rng) },
  args: ['run', 'day.yaml', '--out', 'out', '--json', '--quiet'],
});

const generator: Kind = (rng) => ({
  files: { 'month.yaml': damagedSomeTimes(GENERATOR, rng) },
  args: ['generate', 'month.yaml', '-', '--count', '50'],
});

/** Some settings that are laid over a file; where they lead need not be there. */
const settings: Kind = (rng) => {
  const paths = [
    ...[
      'seed',
      'start',
      'horizon',
      'warmUp',
      'cluster.nodes[0].count',
      'cluster.nodes[0].cpus',
      'cluster.nodes[1].cpus',
    ],
    ...[
      'cluster.nodes',
      'cluster',
      'negotiation.hold',
      'negotiation.maxRounds',
      'negotiation.claimRisk',
      'manager.retryDelay',
    ],
    ...[
      'hypervisor.start',
      'hypervisor.start.min',
      'users.noShow',
      'users.thinkTime',
      'policies.pricing.options.cpuHour',
    ],
    ...[
      'policies.allocation',
      'policies.pricing',
      'workloads[0].timeShift',
      'workloads[0].timeScale',
      'workloads[0].limit',
    ],
    ...[
      'workloads[0].sample',
      'workloads[1].swf.instance',
      'workloads[0].idPrefix',
      'incidents[0].at',
      'x',
      '',
      '[0]',
      'a..b',
    ],
  ];
  const chosen = Array.from({ length: rng.integer(1, 2) }, () => [
    '--set',
    `${rng.pick(paths)}=${rng.pick(ODD_VALUES)}`,
  ]);
  return {
    files: { 'day.csv': CSV, 'jobs.swf': SWF, 'day.yaml': SCENARIO },
    args: ['run', 'day.yaml', '--out', 'out', '--quiet', ...chosen.flat()],
  };
};

/** Options of the commands that end by themselves. */
const options: Kind = (rng) => {
  const commands = [
    ['run', 'day.yaml', '--out', 'out'],
    ['convert', 'day.csv', '-'],
    ['generate', 'month.yaml', '-', '--count', '20'],
    ['policies'],
    ['replay', 'day.csv'],
    ['report', 'day.csv'],
    ['backup', 'none.db', 'copy.db'],
  ];
  const names = [
    '--seed',
    '--start',
    '--count',
    '--set',
    '--policy',
    '--from',
    '--json',
    '--quiet',
    '--lenient',
    '--out',
    '--spead',
    '-x',
  ];
  const more = Array.from({ length: rng.integer(1, 3) }, () => {
    const name = rng.pick(names);
    const value = rng.pick([
      ...ODD_VALUES,
      'allocation=best-fit',
      'pricing=flat',
      'allocation=./x.ts',
      'swf',
      '=',
      'a=b',
    ]);
    return rng.integer(0, 3) === 0 ? [name] : [name, value.replaceAll('\u0000', '')];
  });
  return {
    files: { 'day.csv': CSV, 'jobs.swf': SWF, 'day.yaml': SCENARIO, 'month.yaml': GENERATOR },
    args: [...rng.pick(commands), ...more.flat()],
  };
};

const KINDS: readonly Kind[] = [log, log, log, scenario, scenario, generator, settings, options];

function damagedSomeTimes(text: string, rng: Rng): string {
  let result = text;
  for (let times = rng.pick([1, 1, 1, 2, 3]); times > 0; times--) result = damaged(result, rng);
  return result;
}
