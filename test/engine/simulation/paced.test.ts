import { expect, test } from 'vitest';
import { type DomainEvent, type HostTimers, Rng, simulate, simulatePaced } from '../../../engine/index.ts';
import { DAY, HOUR, MINUTE, node, provider, request, SECOND, setup } from '../../support/setup.ts';

/** A machine whose time passes only when somebody waits for it, and whose timers come a little late. */
function patientHost(): HostTimers {
  let nowMs = 1_000_000;
  return {
    now: () => nowMs,
    setTimer: (wake, delayMs) => {
      const timer = { isCancelled: false };
      void Promise.resolve().then(() => {
        if (timer.isCancelled) return;
        nowMs += delayMs + 3;
        wake();
      });
      return timer;
    },
    clearTimer: (timer) => {
      (timer as { isCancelled: boolean }).isCancelled = true;
    },
  };
}

function busyDay() {
  const rng = Rng.fromSeed(3);
  const requests = Array.from({ length: 60 }, (_, i) =>
    request({
      requestId: `q${i}`,
      submitMs: i * 17 * MINUTE,
      startMs: i * 17 * MINUTE + (i % 3) * HOUR,
      durationMs: rng.integer(10, 300) * MINUTE,
      numInstancesFixed: rng.integer(1, 4),
      runTimeMs: rng.integer(5, 400) * MINUTE,
    }),
  );
  const operation = { minMs: 2 * SECOND, maxMs: 40 * SECOND };
  const base = provider();
  return setup({
    cluster: { nodes: [node('n1'), node('n2'), node('n3')] },
    hypervisor: {
      ...base.hypervisor,
      create: operation,
      start: operation,
      stop: operation,
      nodeDetectionMs: 10 * SECOND,
    },
    faults: { ...base.faults, nodeMtbfMs: 8 * HOUR, nodeMttrMs: HOUR },
    users: { thinkTime: { minMs: 0, maxMs: 5 * MINUTE }, noShow: 0.1, claim: 0.5 },
    endMs: DAY,
    requests,
  });
}

test('on the wall clock a run has the same events as in virtual time, however late the machine is', async () => {
  const virtual: DomainEvent[] = [];
  const paced: DomainEvent[] = [];
  const expected = await simulate(busyDay(), { onEvent: (event) => virtual.push(event) });
  const outcome = await simulatePaced(busyDay(), {
    host: patientHost(),
    speed: 60,
    onEvent: (event) => paced.push(event),
  });
  expect(virtual.length).toBeGreaterThan(500);
  expect(virtual.some(({ type }) => type === 'node-lost')).toBe(true);
  expect(paced).toEqual(virtual);
  expect(outcome).toEqual(expected);
});

test.each([
  ['there is no request', () => []],
  [
    'the last request is rejected at once',
    () => [request({ requestId: 'q', submitMs: MINUTE, numInstancesFixed: 1000 })],
  ],
])('a paced run without a horizon ends when %s', async (_when, requests) => {
  const expected = await simulate(setup({ requests: requests() }));
  const outcome = await simulatePaced(setup({ requests: requests() }), {
    host: patientHost(),
    speed: 60,
    // A run that misses its end would go on for ever.
    pause: ({ nowMs }) => expect(nowMs).toBeLessThan(HOUR),
  });
  expect(outcome).toEqual(expected);
  expect(outcome.end).toBe('complete');
});

test('a paced run can be stopped, and says so', async () => {
  const controller = new AbortController();
  let pauses = 0;
  const outcome = await simulatePaced(busyDay(), {
    host: patientHost(),
    speed: 60,
    signal: controller.signal,
    pause: () => {
      pauses += 1;
      if (pauses === 100) controller.abort();
    },
  });
  expect(outcome.end).toBe('interrupted');
  expect(outcome.virtualMs).toBe(100 * MINUTE);
});

test('an error in a paced run reaches the caller', async () => {
  const broken = busyDay();
  const choose = () => {
    throw new Error('no idea');
  };
  const [site] = broken.providers;
  const policies = { ...site!.policies, allocation: { name: 'clueless', policy: { choose } } };
  const providers = [{ ...site!, policies }];
  await expect(simulatePaced({ ...broken, providers }, { host: patientHost(), speed: 60 })).rejects.toThrow(
    /clueless/,
  );
});

test('an error at the very beginning of a paced run reaches the caller and stops the clock', async () => {
  const host = patientHost();
  let isOver = false;
  let timersAfterwards = 0;
  const run = simulatePaced(busyDay(), {
    host: {
      ...host,
      setTimer: (wake, delayMs) => {
        if (!isOver) return host.setTimer(wake, delayMs);
        timersAfterwards += 1;
        return { isCancelled: false };
      },
    },
    speed: 60,
    onEvent: () => {
      throw new Error('disk full');
    },
  });
  await expect(run).rejects.toThrow('disk full');
  isOver = true;
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  expect(timersAfterwards).toBe(0);
});
