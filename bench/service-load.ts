// The load that a live service bears: reservations negotiated and confirmed as fast as users can, then at a steady pace, then all of them listed.
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { type BenchModule, median } from './figure.ts';
import { ServiceProcess, USERS } from './service-process.ts';
import { FOLDER } from './whole-process.ts';

const CONNECTIONS = 32;
const SECONDS = 15;
const PACE = 300;
/** Negotiated before anything counts: for the optimising compiler. */
const WARM_UP = 1_000;
/** Of each build in a round. */
const COMPARED = 2_000;
const ROUNDS = 5;

export const serviceLoad: BenchModule = {
  name: 'service load',
  about:
    `\`openpex live\` on a SQLite file, in a process of its own; the load comes from another. ${CONNECTIONS} connections negotiate one reservation after the other and confirm it, which is two ` +
    'requests of HTTP, each answered when it is stored for good. Latencies are of a request, where a new reservation comes at a steady pace, whether or not those before are done.',
  figures: [
    {
      name: 'negotiated and confirmed reservations, as fast as they are answered',
      unit: '/s',
      atLeast: 1_200,
      measure: async () => ({ value: (await measured()).rate, beside: `${SECONDS} s` }),
    },
    {
      name: 'processor time of one',
      unit: 'ms',
      measure: async () => ({ value: (await measured()).cpuMs, beside: 'all threads of the service' }),
    },
    {
      name: `p99 of a request at ${PACE} reservations a second`,
      unit: 'ms',
      atMost: 50,
      measure: async () => {
        const { p50, p99 } = await measured();
        return { value: p99, beside: `p50 ${p50.toFixed(1)} ms` };
      },
    },
    {
      name: 'pages of 500 reservations a second',
      unit: '/s',
      measure: async () => {
        const { listed, pages } = await measured();
        return { value: pages, beside: `${listed} reservations` };
      },
    },
  ],
};

/** @param main of another build */
export function serviceLoadAgainst(main: string): BenchModule {
  return {
    name: 'service load, older',
    about:
      'Another build beside ours, under the same load in turns: processor time of a reservation, all threads of the service.',
    figures: [
      {
        name: 'a negotiated and confirmed reservation: cost to that by the older build',
        unit: 'x',
        atMost: 0.5,
        measure: () => comparedWith(main),
      },
    ],
  };
}

interface Measured {
  readonly rate: number;
  readonly cpuMs: number;
  readonly p50: number;
  readonly p99: number;
  readonly listed: number;
  readonly pages: number;
}

let running: Promise<Measured> | undefined;

/** One run for all figures. */
function measured(): Promise<Measured> {
  running ??= measure();
  return running;
}

async function measure(): Promise<Measured> {
  const service = await ServiceProcess.start(mkdtempSync(join(FOLDER, 'load-')));
  try {
    await service.register();
    await negotiate(service, WARM_UP);
    const cpuBefore = await service.cpuMs();
    const beganMs = performance.now();
    const untilMs = beganMs + SECONDS * 1000;
    const confirmed = await negotiate(service, Number.POSITIVE_INFINITY, untilMs);
    const rate = confirmed / ((performance.now() - beganMs) / 1000);
    const cpuMs = ((await service.cpuMs()) - cpuBefore) / confirmed;
    const latencies = await atPace(service);
    return { rate, cpuMs, ...latencies, ...(await listEverything(service)) };
  } finally {
    await service.end();
  }
}

async function comparedWith(main: string) {
  const [ours, older] = await Promise.all([
    ServiceProcess.start(mkdtempSync(join(FOLDER, 'ours-'))),
    ServiceProcess.start(mkdtempSync(join(FOLDER, 'older-')), main),
  ]);
  try {
    for (const service of [ours, older]) {
      await service.register();
      await negotiate(service, WARM_UP);
    }
    const costOf = async (service: ServiceProcess) => {
      const before = await service.cpuMs();
      await negotiate(service, COMPARED);
      return ((await service.cpuMs()) - before) / COMPARED;
    };
    const rounds: { readonly oursMs: number; readonly olderMs: number }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const isOursFirst = round % 2 === 0;
      const first = await costOf(isOursFirst ? ours : older);
      const second = await costOf(isOursFirst ? older : ours);
      rounds.push(isOursFirst ? { oursMs: first, olderMs: second } : { oursMs: second, olderMs: first });
    }
    const ms = (of: 'oursMs' | 'olderMs') => median(rounds.map((each) => each[of])).toFixed(2);
    return {
      value: median(rounds.map(({ oursMs, olderMs }) => oursMs / olderMs)),
      beside: `${ms('oursMs')} ms : ${ms('olderMs')} ms, ${ROUNDS} rounds`,
    };
  } finally {
    await Promise.all([ours.end(), older.end()]);
  }
}

/** Every connection negotiates one reservation after the other. @returns how many were confirmed */
async function negotiate(
  service: ServiceProcess,
  wanted: number,
  untilMs = Number.POSITIVE_INFINITY,
): Promise<number> {
  let begun = 0;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async (_, client) => {
      while (begun < wanted && performance.now() < untilMs) {
        begun += 1;
        await service.negotiate(USERS[client % USERS.length]!);
      }
    }),
  );
  return begun;
}

/** A new reservation every 1/PACE seconds, whether or not the last ones are done. */
async function atPace(service: ServiceProcess): Promise<Pick<Measured, 'p50' | 'p99'>> {
  const latencies: number[] = [];
  const negotiations: Promise<void>[] = [];
  const beganMs = performance.now();
  for (let i = 0; i < PACE * SECONDS; i++) {
    const waitMs = beganMs + (i * 1000) / PACE - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    negotiations.push(service.negotiate(USERS[i % USERS.length]!, latencies));
  }
  await Promise.all(negotiations);
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(share * (latencies.length - 1))]!;
  return { p50: at(0.5), p99: at(0.99) };
}

async function listEverything(service: ServiceProcess): Promise<Pick<Measured, 'listed' | 'pages'>> {
  const ids = new Set<string>();
  let rows = 0;
  let pages = 0;
  const beganMs = performance.now();
  for (const user of USERS) {
    let path: string | undefined = '/reservations?limit=500';
    while (path !== undefined) {
      const { body, headers } = await service.get(user, 'GET', path);
      const list = JSON.parse(body) as { id: string }[];
      for (const { id } of list) ids.add(id);
      rows += list.length;
      pages += 1;
      const next: string | undefined = /<([^>]+)>; rel="next"/.exec(String(headers['link'] ?? ''))?.[1];
      path = next?.replace(/^.*\/OpenPEX/, '');
    }
  }
  if (ids.size !== rows) throw new Error('a reservation was listed twice');
  return { listed: rows, pages: pages / ((performance.now() - beganMs) / 1000) };
}
