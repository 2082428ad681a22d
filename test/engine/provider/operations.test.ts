// Operations of the hypervisor that fail: tried again after a pause, a bounded number of times, and never at the price of a VM that
// nobody knows of any more.
import { defer, throwError } from 'rxjs';
import { expect, test } from 'vitest';
import { type Dispatcher, DispatcherError } from '../../../engine/hypervisor/dispatcher.ts';
import { around, delegating, type Operation } from '../../support/dispatchers.ts';
import { MINUTE } from '../../support/setup.ts';
import { tell } from '../../support/story.ts';

const auto = { autoActivate: true };

/** Lets the first so many tries of each named operation fail without any effect. */
function flaky(failures: Partial<Record<Operation, number>>): (dispatcher: Dispatcher) => Dispatcher {
  const left = new Map(Object.entries(failures));
  return (real) =>
    around(real, (name, attempt) =>
      defer(() => {
        const remaining = left.get(name) ?? 0;
        if (remaining === 0) return attempt();
        left.set(name, remaining - 1);
        return throwError(() => new DispatcherError('OPERATION_FAILED', `${name} fails on purpose`));
      }),
    );
}

/** Writes down what is asked of the hypervisor. */
function written(log: string[], dispatcher: (real: Dispatcher) => Dispatcher = (real) => real) {
  return (real: Dispatcher): Dispatcher =>
    around(dispatcher(real), (name, attempt, how) =>
      defer(() => {
        log.push(name === 'stop' ? `stop ${how}` : name);
        return attempt();
      }),
    );
}

test('a VM whose guest has shut down by itself is removed without being powered off', () => {
  const asked: string[] = [];
  const story = tell({ manager: auto, guests: { alice: '20m' }, dispatcher: written(asked) });
  story.at('09:00').book('alice', { start: '10:00' });
  expect(story.run().endOf('alice')).toMatchObject({ reason: 'completed' });
  expect(asked).toEqual(['create', 'start', 'destroy']);
});

test('a VM that runs at the end of its window is powered off before it is removed', () => {
  const asked: string[] = [];
  const story = tell({ manager: auto, dispatcher: written(asked) });
  story.at('09:00').book('alice', { start: '10:00' });
  story.run();
  expect(asked).toEqual(['create', 'start', 'stop hard', 'destroy']);
});

test('a VM that somebody else has started meanwhile is powered off when it cannot be removed', () => {
  const asked: string[] = [];
  let isStarted = false;
  const restarted = (real: Dispatcher): Dispatcher =>
    delegating(real, {
      stop: (vmId, mode) =>
        defer(() => {
          isStarted = false;
          return real.stop(vmId, mode);
        }),
      destroy: (vmId) =>
        defer(() => {
          if (asked.length === 3) isStarted = true;
          return isStarted
            ? throwError(() => new DispatcherError('BAD_POWER_STATE', `${vmId} is running`))
            : real.destroy(vmId);
        }),
    });
  const story = tell({ manager: auto, guests: { alice: '20m' }, dispatcher: written(asked, restarted) });
  story.at('09:00').book('alice', { start: '10:00' });
  story.run();
  expect(asked).toEqual(['create', 'start', 'destroy', 'stop hard', 'destroy']);
});

test('an operation that fails is tried again after a pause', () => {
  const story = tell({ manager: auto, dispatcher: flaky({ create: 1, start: 2 }) });
  story.at('09:00').book('alice', { start: '10:00' });
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00     alice asks for 1 SMALL 10:00-11:00
              alice <- ACCEPT on n1, held until 09:10
              alice is CONFIRMED on n1
    10:00     alice may run until 11:00 on n1
              alice is ACTIVATED
              alice/1 cannot create: OPERATION_FAILED (attempt 1)
    10:00:10  alice/1 HALTED on n1
              alice/1 cannot start: OPERATION_FAILED (attempt 1)
    10:00:20  alice/1 cannot start: OPERATION_FAILED (attempt 2)
    10:00:30  alice/1 RUNNING on n1
    11:00     alice is EXPIRED: window-over
              alice/1 HALTED on n1
              alice/1 DELETED on n1"
  `);
});

test('a VM that cannot be started in the allowed number of tries fails its reservation', () => {
  const story = tell({ manager: auto, dispatcher: flaky({ start: 3 }) });
  story.at('09:00').book('alice', { start: '10:00' });
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00     alice asks for 1 SMALL 10:00-11:00
              alice <- ACCEPT on n1, held until 09:10
              alice is CONFIRMED on n1
    10:00     alice may run until 11:00 on n1
              alice is ACTIVATED
              alice/1 HALTED on n1
              alice/1 cannot start: OPERATION_FAILED (attempt 1)
    10:00:10  alice/1 cannot start: OPERATION_FAILED (attempt 2)
    10:00:20  alice/1 cannot start: OPERATION_FAILED (attempt 3)
              alice is FAILED: instance-failed [refund 99444, penalty 10000]
              alice/1 DELETED on n1"
  `);
});

test('a VM that could not be made in the allowed number of tries is cleared away', () => {
  const story = tell({ manager: auto, faults: { operationFailure: 0.9 }, seed: 5 });
  story.at('09:00').book('alice', { start: '10:00' });
  story.run();
  const failures = story.eventsOf('operation-failed').map(({ attempt, operation }) => [operation, attempt]);
  expect(failures.slice(0, 3)).toEqual([
    ['create', 1],
    ['create', 2],
    ['create', 3],
  ]);
  expect(story.endOf('alice')).toMatchObject({ reason: 'instance-failed' });
});

test('clearing away is tried until it succeeds', () => {
  const story = tell({ manager: auto, dispatcher: flaky({ destroy: 5 }) });
  story.at('09:00').book('alice', { start: '10:00' });
  story.run();
  expect(story.eventsOf('operation-failed')).toHaveLength(5);
  expect(story.endOf('alice')).toMatchObject({ reason: 'window-over' });
});

test('a stop at the end of the window that fails is tried again without asking the guest', () => {
  const story = tell({
    manager: auto,
    hypervisor: { stop: { minMs: MINUTE, maxMs: MINUTE } },
    dispatcher: flaky({ stop: 1 }),
  });
  story.at('09:00').book('alice', { start: '10:00' });
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00     alice asks for 1 SMALL 10:00-11:00
              alice <- ACCEPT on n1, held until 09:10
              alice is CONFIRMED on n1
    10:00     alice may run until 11:00 on n1
              alice is ACTIVATED
              alice/1 HALTED on n1
              alice/1 RUNNING on n1
    11:00     alice is EXPIRED: window-over
              alice/1 cannot stop: OPERATION_FAILED (attempt 1)
    11:00:10  alice/1 HALTED on n1
              alice/1 DELETED on n1"
  `);
});

test('a failed migration is tried again, and the VM runs on meanwhile', () => {
  const story = tell({ manager: auto, dispatcher: flaky({ migrate: 2 }) });
  story.at('09:00').book('alice', { start: '10:00' });
  story.at('10:30').drain('n1');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00     alice asks for 1 SMALL 10:00-11:00
              alice <- ACCEPT on n1, held until 09:10
              alice is CONFIRMED on n1
    10:00     alice may run until 11:00 on n1
              alice is ACTIVATED
              alice/1 HALTED on n1
              alice/1 RUNNING on n1
    10:30     n1 is drained until 14:30
              alice/1 is moved n1 -> n2 (drain)
              alice/1 cannot migrate: OPERATION_FAILED (attempt 1)
    10:30:10  alice/1 cannot migrate: OPERATION_FAILED (attempt 2)
    10:30:20  alice/1 has migrated n1 -> n2
    11:00     alice is EXPIRED: window-over
              alice/1 HALTED on n2
              alice/1 DELETED on n2"
  `);
});

test('an error that is not about the hypervisor stops the run', () => {
  const story = tell({
    manager: auto,
    dispatcher: (real) => ({
      ...flaky({})(real),
      start: () => throwError(() => new TypeError('a bug in a driver')),
    }),
  });
  story.at('09:00').book('alice', { start: '10:00' });
  expect(() => story.run()).toThrow('a bug in a driver');
});
