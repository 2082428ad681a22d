// One input is one step: decide, record, publish, reply, and only then touch the world.
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../engine/clock/virtual-clock.ts';
import type { Dispatcher } from '../../../engine/hypervisor/dispatcher.ts';
import { SimulatedHypervisor } from '../../../engine/hypervisor/simulated/simulated-hypervisor.ts';
import { type Commit, EventQueue, Provider, Rng } from '../../../engine/index.ts';
import { HOUR, MINUTE, node, provider } from '../../support/setup.ts';

const TERMS = {
  type: 'SMALL',
  demand: { milliCpus: 1000, memoryMib: 768, diskGib: 0 },
  numInstancesFixed: 1,
  numInstancesOption: 0,
  durationMs: HOUR,
  template: 'plain',
};

/** A provider whose commits are recorded when the test says so, and what happened in which order. */
function stage() {
  const clock = new VirtualClock(0);
  const log: string[] = [];
  const pending: (() => void)[] = [];
  const setup = { ...provider(), cluster: { nodes: [node('n1')] } };
  setup.settings = { ...setup.settings, autoActivate: true, holdMs: 10 * MINUTE };
  const hypervisor = new SimulatedHypervisor({
    clock,
    nodes: setup.cluster.nodes,
    settings: setup.hypervisor,
    faults: setup.faults,
    rng: Rng.fromSeed(1),
    guestOf: () => ({ runTimeMs: Number.POSITIVE_INFINITY }),
  });
  const watched: Dispatcher = Object.create(hypervisor, {
    create: {
      value: (vm: Parameters<Dispatcher['create']>[0]) => {
        log.push(`create ${vm.vmId}`);
        return hypervisor.create(vm);
      },
    },
    observations$: { get: () => hypervisor.observations$ },
  });
  const inner = new Provider(setup);
  const commits: Commit[] = [];
  const queue = new EventQueue({
    clock,
    provider: inner,
    dispatcher: watched,
    recorder: {
      record: (commit, onRecorded) => {
        commits.push(commit);
        log.push(`record ${nameOf(commit)}`);
        pending.push(onRecorded);
      },
    },
  });
  queue.committed$.subscribe((commit) => log.push(`publish ${nameOf(commit)}`));
  const initiate = (reservationId: string) =>
    queue.execute({ name: 'initiate', reservationId, userId: 'u', origin: null }, () =>
      log.push(`reply ${reservationId}`),
    );
  /** A request for at once that is confirmed. */
  const book = (reservationId: string) => {
    initiate(reservationId);
    queue.execute({ name: 'request', reservationId, proposal: { ...TERMS, startMs: clock.now() } });
    queue.execute({ name: 'reply', reservationId, answer: { reply: 'CONFIRM' } });
  };
  const recordAll = () => {
    while (pending.length > 0) pending.shift()!();
  };
  return { book, clock, commits, initiate, log, pending, queue, recordAll };
}

function nameOf({ input }: Commit): string {
  if (input.kind === 'command') {
    const { command } = input;
    return 'reservationId' in command ? `${command.name} ${command.reservationId}` : command.name;
  }
  return input.kind === 'due' ? input.due.kind : input.report.kind;
}

describe('the event queue', () => {
  test('publishes, replies and acts only when the commit is recorded', () => {
    const { book, clock, log, pending, queue } = stage();
    queue.begin();
    book('R1');
    clock.runUntil(MINUTE);
    const decided = ['begin', 'initiate R1', 'request R1', 'reply R1', 'start'].map(
      (name) => `record ${name}`,
    );
    expect(log).toEqual(decided);
    // All but the last: the VM of a window that opened waits for the record of its opening.
    while (pending.length > 1) pending.shift()!();
    expect(log.slice(decided.length)).toEqual([
      'publish begin',
      'publish initiate R1',
      'reply R1',
      'publish request R1',
      'publish reply R1',
    ]);
    pending.shift()!();
    expect(log.slice(-2)).toEqual(['publish start', 'create R1/1']);
  });

  test('goes on deciding while a commit is being recorded', () => {
    const { initiate, log, recordAll } = stage();
    initiate('a');
    initiate('b');
    recordAll();
    expect(log).toEqual([
      'record initiate a',
      'record initiate b',
      'publish initiate a',
      'reply a',
      'publish initiate b',
      'reply b',
    ]);
  });

  test('says and does nothing when the record never succeeds', () => {
    const { book, clock, log } = stage();
    book('R1');
    clock.runUntil(MINUTE);
    expect(log.filter((line) => !line.startsWith('record '))).toEqual([]);
  });

  test('lets an input that comes in the middle of another wait for its turn', () => {
    const { initiate, log, queue, recordAll } = stage();
    const first = queue.committed$.subscribe(() => {
      first.unsubscribe();
      initiate('b');
    });
    initiate('a');
    recordAll();
    expect(log).toEqual([
      'record initiate a',
      'publish initiate a',
      'record initiate b',
      'reply a',
      'publish initiate b',
      'reply b',
    ]);
  });

  test('records an input in which nothing happened too: its reply does not overtake the one before', () => {
    const { commits, initiate, log, queue, recordAll } = stage();
    initiate('a');
    queue.execute({ name: 'activate', reservationId: 'nobody' }, () => log.push('reply nothing'));
    expect(commits.map(({ seq }) => seq)).toEqual([1, 2]);
    recordAll();
    expect(log.filter((line) => line.startsWith('reply '))).toEqual(['reply a', 'reply nothing']);
  });

  test('hands in what falls due at its instant, and nothing that no longer does', () => {
    const { clock, commits, initiate, queue } = stage();
    for (const reservationId of ['kept', 'answered']) {
      initiate(reservationId);
      queue.execute({ name: 'request', reservationId, proposal: { ...TERMS, startMs: HOUR } });
    }
    queue.execute({ name: 'reply', reservationId: 'answered', answer: { reply: 'REJECT' } });
    clock.runUntil(30 * MINUTE);
    const dues = commits.filter(({ input }) => input.kind === 'due');
    expect(dues).toMatchObject([
      {
        atMs: 10 * MINUTE,
        input: { due: { kind: 'hold-expiry', reservationId: 'kept', atMs: 10 * MINUTE } },
      },
    ]);
  });

  test('knows its dues again when it goes on from a snapshot', () => {
    const { clock, initiate, queue } = stage();
    initiate('kept');
    queue.execute({ name: 'request', reservationId: 'kept', proposal: { ...TERMS, startMs: HOUR } });
    clock.runUntil(MINUTE);
    const later = new VirtualClock(MINUTE);
    const seen: Commit[] = [];
    const setup = { ...provider(), cluster: { nodes: [node('n1')] } };
    const again = new EventQueue({
      clock: later,
      provider: new Provider(setup, { snapshot: queue.provider.snapshot() }),
      dispatcher: new SimulatedHypervisor({
        clock: later,
        nodes: setup.cluster.nodes,
        settings: setup.hypervisor,
        faults: setup.faults,
        rng: Rng.fromSeed(1),
        guestOf: () => ({ runTimeMs: Number.POSITIVE_INFINITY }),
      }),
      recorder: { record: (commit) => seen.push(commit) },
    });
    later.runUntil(HOUR);
    expect(again.provider.isIdle).toBe(true);
    expect(seen).toMatchObject([{ atMs: 10 * MINUTE, input: { due: { kind: 'hold-expiry' } } }]);
  });
});
