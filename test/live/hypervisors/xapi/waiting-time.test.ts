// Waiting for a pool: in the time of the host that is handed in, whatever its time of day is set to.
import { describe, expect, test } from 'vitest';
import { WaitingTime } from '../../../../live/hypervisors/xapi/waiting-time.ts';
import { VirtualMachine } from '../../../support/virtual-machine.ts';

function hour() {
  const machine = new VirtualMachine(Date.parse('2026-03-01T12:00:00Z'));
  return { machine, time: new WaitingTime(machine) };
}

describe('waiting for a pool', () => {
  test('a deadline stays where it is when somebody sets the time of day', () => {
    const { machine, time } = hour();
    const deadlineMs = time.now() + 1000;
    machine.setBy(86_400_000);
    expect(deadlineMs - time.now()).toBe(1000);
    expect(time.timeOfDay()).toBe(Date.parse('2026-03-02T12:00:00Z'));
    machine.pass(400);
    machine.setBy(-172_800_000);
    expect(deadlineMs - time.now()).toBe(600);
  });

  test('a host without a clock that nobody sets is taken at its word', () => {
    const { machine } = hour();
    const time = new WaitingTime({
      now: () => machine.now(),
      setTimer: (wake, delayMs) => machine.setTimer(wake, delayMs),
      clearTimer: (timer) => machine.clearTimer(timer),
    });
    expect(time.now()).toBe(machine.now());
  });

  test('what comes again and again comes until it is called off, by itself too', () => {
    const { machine, time } = hour();
    const at: number[] = [];
    const startMs = time.now();
    const end = time.every(250, () => {
      at.push(time.now() - startMs);
      if (at.length === 3) end();
    });
    machine.pass(10_000);
    expect(at).toEqual([250, 500, 750]);
  });

  test('a wait that has passed already is over at once, one of months is not', () => {
    const { machine, time } = hour();
    const seen: string[] = [];
    time.after(-5, () => seen.push('at once'));
    time.after(2 ** 40, () => seen.push('in months'));
    machine.pass(0);
    expect(seen).toEqual(['at once']);
  });

  test('a pause ends with its time or with the signal, and leaves no timer behind', async () => {
    const { machine, time } = hour();
    const stop = new AbortController();
    const long = time.pause(60_000, stop.signal);
    const short = time.pause(100, stop.signal);
    machine.pass(100);
    await short;
    stop.abort();
    await long;
    await time.pause(60_000, stop.signal);
    expect(machine.clock.pending).toBe(0);
  });
});
