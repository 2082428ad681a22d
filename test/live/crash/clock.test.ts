import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import type { DomainEvent, HostTimers } from '../../../engine/index.ts';
import { runProgram } from '../../support/child-process.ts';
import { StoppedTime, startTestDaemon, type TestDaemon } from '../../support/daemon.ts';
import { temporaryDirectory } from '../../support/databases.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../support/setup.ts';
import { bundle } from './bundle.ts';
import type { Night } from './short-and-long-nights.ts';

const START = Date.parse('2026-06-01T08:00:00Z');
const CONFIGURATION = `
cluster: { sharedDiskGib: 900, nodes: [{ group: n, count: 1, cpus: 4, memoryMib: 4096 }] }
negotiation: { hold: 10m }
manager: { autoActivate: true, shutdownLead: 0s }
hypervisor: { create: 10s, start: 20s, destroy: 2s }
`;

/** A machine whose time of day can be set, as people and NTP do it. Its timers do not mind: they count what really passes. */
class SettableTime implements HostTimers {
  #setByMs = 0;
  readonly #elapsed = new StoppedTime(0);

  now(): number {
    return START + this.#elapsed.now() + this.#setByMs;
  }

  setTimer(wake: () => void, delayMs: number): unknown {
    return this.#elapsed.setTimer(wake, delayMs);
  }

  clearTimer(timer: unknown): void {
    this.#elapsed.clearTimer(timer);
  }

  setBy(ms: number): void {
    this.#setByMs += ms;
  }

  async pass(ms: number, settle: () => Promise<void>): Promise<void> {
    await this.#elapsed.moveTo(this.#elapsed.now() + ms, settle);
  }
}

/** Comes back when everything before it is decided and stored, and what that set off has begun. */
async function settled({ service }: TestDaemon): Promise<void> {
  for (let round = 1; round <= 2; round++) {
    await service.commandInstance('none', 'stop');
    await nextTurn();
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function reserve({ call }: TestDaemon, startMs: number, durationMs: number): Promise<string> {
  const { body } = await call('operator', 'POST', '/reservations', {
    type: 'SMALL',
    duration: durationMs,
    numInstancesFixed: 1,
    startTime: new Date(startMs).toUTCString(),
  });
  return body.proposal.id;
}

async function confirm({ call }: TestDaemon, id: string): Promise<void> {
  const { body } = await call('operator', 'PUT', `/reservations/${id}`, { reply: 'CONFIRM' });
  expect(body.reply).toBe('REQUEST_SUCCESS');
}

function timesOf(events: readonly DomainEvent[], id: string): [string, number][] {
  return events.flatMap((event): [string, number][] => {
    if (!('reservationId' in event) || event.reservationId !== id) return [];
    if (event.type === 'vm-state-changed') return [[event.to, event.atMs - START]];
    const isOfWindow = event.type === 'window-opened' || event.type === 'window-closed';
    return isOfWindow || event.type === 'reservation-ended' ? [[event.type, event.atMs - START]] : [];
  });
}

test('when the clock of the machine jumps, everything happens at its own instant, and time never goes back', async () => {
  const host = new SettableTime();
  const daemon = await startTestDaemon({ yaml: CONFIGURATION, host });
  onTestFinished(() => daemon.stop());
  const events: DomainEvent[] = [];
  daemon.service.events$.subscribe(({ event }) => events.push(event));
  const settle = () => settled(daemon);
  const confirmed = await reserve(daemon, START + HOUR, 2 * HOUR);
  await confirm(daemon, confirmed);
  const held = await reserve(daemon, START + 5 * HOUR, HOUR);

  // Forwards by hours: noticed within ten seconds.
  host.setBy(2 * HOUR);
  await host.pass(10 * SECOND, nextTurn);
  await settle();
  await host.pass(MINUTE, settle);
  expect(timesOf(events, held)).toEqual([['reservation-ended', 10 * MINUTE]]);
  expect(timesOf(events, confirmed)).toEqual([
    ['window-opened', HOUR],
    // What takes its time in the world began when the jump was noticed.
    ['HALTED', 2 * HOUR + 20 * SECOND],
    ['RUNNING', 2 * HOUR + 40 * SECOND],
  ]);

  // Backwards by minutes: the service waits until the machine has caught up; commands are decided meanwhile.
  await settle();
  const beforeMs = daemon.service.now();
  host.setBy(-5 * MINUTE);
  const meanwhile = await reserve(daemon, START + 7 * HOUR, HOUR);
  await confirm(daemon, meanwhile);
  await host.pass(4 * MINUTE, settle);
  expect(daemon.service.now()).toBe(beforeMs);
  await host.pass(2 * MINUTE, settle);
  expect(daemon.service.now()).toBe(host.now());

  await host.pass(3 * HOUR, settle);
  expect(timesOf(events, confirmed).slice(3)).toEqual([
    ['window-closed', 3 * HOUR],
    ['reservation-ended', 3 * HOUR],
    ['HALTED', 3 * HOUR],
    ['DELETED', 3 * HOUR + 2 * SECOND],
  ]);
  const times = events.map(({ atMs }) => atMs);
  expect(times).toEqual([...times].sort((a, b) => a - b));
});

test('a database from the future is refused, one from just now is waited for', async () => {
  const first = await startTestDaemon({ yaml: CONFIGURATION, host: new StoppedTime(START) });
  onTestFinished(() => rmSync(first.folder, { recursive: true, force: true }));
  const id = await reserve(first, START + HOUR, HOUR);
  await confirm(first, id);
  await first.pause();

  const again = (nowMs: number) =>
    startTestDaemon({ yaml: CONFIGURATION, host: new StoppedTime(nowMs), folder: first.folder });
  await expect(again(START - DAY)).rejects.toThrow(
    'the last event in the database is of 2026-06-01T08:00:00Z, but this machine says it is 2026-05-31T08:00:00Z; set its clock',
  );
  const second = await again(START - 30 * SECOND);
  expect(second.service.now()).toBe(START);
  expect((await second.call('operator', 'GET', `/reservations/${id}`)).body.status).toBe('CONFIRMED');
  await second.stop();
});

test('the nights in which clocks are changed are as long as they are, in every zone', async () => {
  const script = await bundle(
    fileURLToPath(new URL('short-and-long-nights.ts', import.meta.url)),
    temporaryDirectory(),
  );
  const nightsIn = (zone: string): Night[] => {
    const { code, stdout, stderr } = runProgram(process.execPath, [script], { env: { TZ: zone } });
    expect(code, stderr).toBe(0);
    const said: { hours: [number, number]; nights: Night[] } = JSON.parse(stdout);
    // The zone is in force: in Berlin those two days have 23 and 25 hours.
    expect(said.hours).toEqual(zone === 'Europe/Berlin' ? [23, 25] : [24, 24]);
    return said.nights;
  };
  const nights = nightsIn('Europe/Berlin');
  expect(nights).toEqual([
    // 02:30 does not exist there in March; in October it is there twice. Each lasts two hours.
    { asked: 'Sun, 29 Mar 2026 00:30:00 GMT', opened: '00:30:00', ended: '02:30:00' },
    { asked: '2026-03-29T03:30:00+02:00', opened: '01:30:00', ended: '03:30:00' },
    { asked: 'Sun, 25 Oct 2026 00:30:00 GMT', opened: '00:30:00', ended: '02:30:00' },
    { asked: '2026-10-25T02:30:00+02:00', opened: '00:30:00', ended: '02:30:00' },
    { asked: '2026-10-25T02:30:00+01:00', opened: '01:30:00', ended: '03:30:00' },
  ]);
  expect(nightsIn('UTC')).toEqual(nights);
});
