// One command is one step: decide, commit, publish, reply, and only then touch the world.
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../engine/clock/virtual-clock.ts';
import { type DomainEvent, Phase } from '../../../engine/index.ts';
import { EventQueue } from '../../../engine/provider/event-queue.ts';

const event = (nodeId: string): DomainEvent => ({ type: 'node-returned', atMs: 0, nodeId });

/** A queue whose commits are acknowledged when the test says so, and what happened in which order. */
function stage() {
  const clock = new VirtualClock(0);
  const log: string[] = [];
  const unacknowledged: (() => void)[] = [];
  const queue = new EventQueue(clock, {
    commit: (events, onCommitted) => {
      log.push(`commit ${events.map((each) => ('nodeId' in each ? each.nodeId : each.type)).join('+')}`);
      unacknowledged.push(onCommitted);
    },
  });
  queue.events$.subscribe((each) => log.push(`publish ${'nodeId' in each ? each.nodeId : each.type}`));
  const command = (name: string, inside: () => void = () => undefined) =>
    queue.execute(
      () => {
        log.push(`decide ${name}`);
        queue.emit(event(name));
        queue.afterCommit(() => log.push(`effect ${name}`));
        inside();
        return name;
      },
      (reply) => log.push(`reply ${reply}`),
    );
  return { acknowledge: () => unacknowledged.shift()!(), clock, command, log, queue };
}

describe('the event queue', () => {
  test('replies, publishes and acts only when the events are committed', () => {
    const { acknowledge, command, log } = stage();
    command('a');
    expect(log).toEqual(['decide a', 'commit a']);
    acknowledge();
    expect(log.slice(2)).toEqual(['publish a', 'reply a', 'effect a']);
  });

  test('goes on deciding while a commit is under way', () => {
    const { acknowledge, command, log } = stage();
    command('a');
    command('b');
    acknowledge();
    acknowledge();
    expect(log).toEqual([
      'decide a',
      'commit a',
      'decide b',
      'commit b',
      'publish a',
      'reply a',
      'effect a',
      'publish b',
      'reply b',
      'effect b',
    ]);
  });

  test('says and does nothing when the commit never succeeds', () => {
    const { command, log } = stage();
    command('a');
    expect(log).toEqual(['decide a', 'commit a']);
  });

  test('lets a command that comes in the middle of another wait for its turn', () => {
    const { command, log } = stage();
    command('a', () => command('b'));
    expect(log).toEqual(['decide a', 'commit a', 'decide b', 'commit b']);
  });

  test('commits a command in which nothing happened too: its reply does not overtake the one before', () => {
    const { acknowledge, command, log, queue } = stage();
    command('a');
    queue.execute(
      () => 7,
      (reply) => log.push(`reply ${reply}`),
    );
    expect(log).toEqual(['decide a', 'commit a', 'commit ']);
    acknowledge();
    acknowledge();
    expect(log.slice(3)).toEqual(['publish a', 'reply a', 'effect a', 'reply 7']);
  });

  test('runs a delayed event as a command of its own, unless it is cancelled', () => {
    const { clock, log, queue } = stage();
    queue.at(5, Phase.Operation, () => queue.emit(event('later')));
    queue.cancel(queue.at(6, Phase.Operation, () => queue.emit(event('never'))));
    clock.run();
    expect(log).toEqual(['commit later']);
    expect(clock.now()).toBe(5);
  });

  test('knows no events and no effects outside a command', () => {
    const { queue } = stage();
    expect(() => queue.emit(event('a'))).toThrow('while a command is being decided');
    expect(() => queue.afterCommit(() => undefined)).toThrow('while a command is being decided');
  });

  test('hands an error in a decision to whoever gave the command, with nothing committed', () => {
    const { log, queue } = stage();
    const broken = () =>
      queue.execute(() => {
        queue.emit(event('a'));
        throw new Error('a bug');
      });
    expect(broken).toThrow('a bug');
    expect(log).toEqual([]);
  });
});
