// A clock that somebody set: nothing is decided by it until it is back, or an operator says that it is right.
import { expect, onTestFinished, test } from 'vitest';
import type { HostTimers } from '../../../engine/index.ts';
import { StoppedTime, startTestDaemon, type TestDaemon } from '../../support/daemon.ts';

const START = Date.parse('2026-06-01T08:00:00Z');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A machine whose time of day can be set; its monotonic clock and its timers do not mind. */
class Machine implements HostTimers {
  offMs = 0;
  readonly #elapsed = new StoppedTime(0);

  now(): number {
    return START + this.#elapsed.now() + this.offMs;
  }

  monotonic(): number {
    return this.#elapsed.now();
  }

  setTimer(wake: () => void, delayMs: number): unknown {
    return this.#elapsed.setTimer(wake, delayMs);
  }

  clearTimer(timer: unknown): void {
    this.#elapsed.clearTimer(timer);
  }

  pass(ms: number): Promise<void> {
    return this.#elapsed.moveTo(this.#elapsed.now() + ms, async () => {
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    });
  }
}

async function booked() {
  const host = new Machine();
  const daemon = await startTestDaemon({ host });
  onTestFinished(() => daemon.stop());
  const { body } = await daemon.call('operator', 'POST', '/reservations', {
    type: 'SMALL',
    duration: HOUR,
    numInstancesFixed: 1,
    startTime: new Date(START + DAY).toUTCString(),
  });
  const path = `/reservations/${body.proposal.id}`;
  await daemon.call('operator', 'PUT', path, { reply: 'CONFIRM' });
  const status = async () => (await daemon.call('operator', 'GET', path)).body.status;
  return { daemon, host, status };
}

const ready = async ({ url }: TestDaemon) => (await fetch(`${url}/ready`)).status;

async function running(daemon: TestDaemon, host: Machine): Promise<void> {
  while (daemon.service.status.state !== 'running') await host.pass(1000);
}

test.each([400 * DAY, -2 * HOUR])(
  'a glitch of %i ms ends no booking, and the service goes on when it is over',
  async (ms) => {
    const { daemon, host, status } = await booked();
    host.offMs = ms;
    await host.pass(10_000);
    expect(await ready(daemon)).toBe(503);
    expect(daemon.service.status).toMatchObject({ state: 'recovering', clockOffMs: ms });
    const refused = await daemon.call('operator', 'POST', '/quotes', {
      type: 'SMALL',
      duration: HOUR,
      numInstancesFixed: 1,
    });
    expect(refused).toMatchObject({ status: 503, body: { detail: expect.stringContaining('its clock') } });
    expect(await status()).toBe('CONFIRMED');
    host.offMs = 0;
    await running(daemon, host);
    expect(await ready(daemon)).toBe(200);
    expect(daemon.service.now()).toBeLessThan(START + HOUR);
    expect(await status()).toBe('CONFIRMED');
  },
);

test('an operator says that the clock is right, and what fell due runs', async () => {
  const { daemon, host, status } = await booked();
  host.offMs = 2 * DAY;
  await host.pass(2000);
  expect(await ready(daemon)).toBe(503);
  expect((await daemon.call('operator', 'PUT', '/clock/trust')).body).toEqual({
    status: 'ready',
    state: 'running',
  });
  await daemon.service.commandInstance('none', 'stop');
  expect(daemon.service.now()).toBeGreaterThan(START + 2 * DAY);
  expect(await status()).toBe('EXPIRED');
});

test('a small step is nothing', async () => {
  const { daemon, host, status } = await booked();
  for (let step = 0; step < 5; step++) {
    host.offMs += 30_000;
    await host.pass(5000);
  }
  expect(await ready(daemon)).toBe(200);
  expect(await status()).toBe('CONFIRMED');
});
