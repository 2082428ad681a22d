// What a service manager asks for and gives back, against a count of its own that knows nothing of leases.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MOST_CPUS, MOST_MEMORY_MIB } from '../../../scenarios/schema/instance-types.ts';
import type { Service, ServiceComponent } from '../../../scenarios/services/manifest.ts';
import { ElasticityRules } from '../../../scenarios/services/rules.ts';
import { type ReplicaLease, ServiceManager } from '../../../scenarios/services/service-manager.ts';
import { runs } from '../../support/fast-check.ts';

const SMALL = { milliCpus: 1000, memoryMib: 768, diskGib: 10 };

function serviceOf(
  component: ServiceComponent,
  times: Pick<Service, 'everyMs' | 'termMs' | 'coolDownMs'>,
): Service {
  const rules = new ElasticityRules([component.name], ['Wanted']);
  rules.add(`Replicas(${component.name}) = Wanted`);
  rules.close();
  return { name: 's', components: [component], rules, metrics: new Map(), patienceMs: 0, ...times };
}

const STORIES = fc
  .record({
    min: fc.integer({ min: 0, max: 3 }),
    more: fc.integer({ min: 1, max: 5 }),
    everyMs: fc.integer({ min: 1, max: 10 }),
    termPeriods: fc.double({ min: 1, max: 6, noNaN: true }),
    coolDownMs: fc.integer({ min: 0, max: 30 }),
    wanted: fc.array(fc.integer({ min: 0, max: 10 }), { minLength: 1, maxLength: 40 }),
    refused: fc.array(fc.boolean(), { maxLength: 30 }),
  })
  .map(({ everyMs, min, more, termPeriods, ...others }) => ({
    component: { name: 'C', size: 'SMALL', min, max: min + more },
    times: { everyMs, termMs: Math.ceil(everyMs * termPeriods), coolDownMs: others.coolDownMs },
    ...others,
  }));

test('after each period there are as many instances as are wanted, or more for the time of the cool-down', () => {
  fc.assert(
    fc.property(STORIES, ({ component, refused, times, wanted }) => {
      const manager = new ServiceManager(serviceOf(component, times), () => SMALL);
      const held: { lease: ReplicaLease; untilMs: number }[] = [];
      const ids = new Set<string>();
      let answers = 0;
      let changedMs = Number.NEGATIVE_INFINITY;
      for (const [period, value] of wanted.entries()) {
        const nowMs = period * times.everyMs;
        const { asked, released } = manager.step(nowMs, new Map([['Wanted', value]]));
        for (const { id } of released) {
          const one = held.find(({ lease }) => lease.id === id)!;
          expect(one.untilMs).toBeGreaterThanOrEqual(nowMs);
          one.untilMs = Math.min(one.untilMs, Math.max(nowMs, one.lease.startMs));
          if (one.lease.startMs >= nowMs) one.untilMs = one.lease.startMs;
        }
        let lost = 0;
        for (const lease of asked) {
          expect(ids.has(lease.id)).toBe(false);
          ids.add(lease.id);
          expect(lease.startMs).toBeGreaterThanOrEqual(nowMs);
          expect(lease.endMs - lease.startMs).toBe(times.termMs);
          if (refused[answers++] === true) {
            manager.lost(lease);
            if (lease.startMs === nowMs) lost += 1;
          } else held.push({ lease, untilMs: lease.endMs });
        }
        const there = held.filter(({ lease, untilMs }) => lease.startMs <= nowMs && untilMs > nowMs);
        const target = Math.min(component.max, Math.max(component.min, value));
        if (released.length > 0) changedMs = nowMs;
        // An instance whose next lease was refused is missing from its end to the next period.
        expect(there.length + lost).toBeGreaterThanOrEqual(target);
        expect(there.length).toBeLessThanOrEqual(component.max);
        if (released.length > 0) expect(there.length + lost).toBe(target);
        // Leases of one instance never overlap.
        const numbers = there.map(({ lease }) => lease.id.split('-')[2]);
        expect(new Set(numbers).size).toBe(numbers.length);
        if (times.coolDownMs === 0) expect(there.length + lost).toBe(target);
      }
      expect(changedMs).toBeLessThan(wanted.length * times.everyMs);
    }),
    { numRuns: runs(300) },
  );
});

test('nothing is taken away before the cool-down is over', () => {
  const component = { name: 'C', size: 'SMALL', min: 0, max: 9 };
  const manager = new ServiceManager(
    serviceOf(component, { everyMs: 10, termMs: 1000, coolDownMs: 30 }),
    () => SMALL,
  );
  const step = (nowMs: number, wanted: number) => {
    const { asked, released } = manager.step(nowMs, new Map([['Wanted', wanted]]));
    return [asked.length, released.length];
  };
  expect(step(0, 5)).toEqual([5, 0]);
  expect(step(10, 2)).toEqual([0, 0]);
  expect(step(20, 2)).toEqual([0, 0]);
  expect(step(30, 2)).toEqual([0, 3]);
  expect(step(40, 1)).toEqual([0, 0]);
  expect(step(50, 3)).toEqual([1, 0]);
  expect(step(70, 1)).toEqual([0, 0]);
  expect(step(80, 1)).toEqual([0, 2]);
});

test('a manager that begins from the memory of another goes on as that would have', () => {
  fc.assert(
    fc.property(STORIES, ({ component, refused, times, wanted }) => {
      const service = serviceOf(component, times);
      const steadfast = new ServiceManager(service, () => SMALL);
      let restarted = new ServiceManager(service, () => SMALL);
      for (const [period, value] of wanted.entries()) {
        const memory = JSON.parse(JSON.stringify(restarted.memory())) as ReturnType<ServiceManager['memory']>;
        restarted = new ServiceManager(service, () => SMALL, { memory });
        const measured = new Map([['Wanted', value]]);
        const expected = steadfast.step(period * times.everyMs, measured);
        expect(restarted.step(period * times.everyMs, measured)).toEqual(expected);
        const failed = expected.asked.filter((_, index) => refused[(period + index) % refused.length]);
        for (const lease of failed) for (const each of [steadfast, restarted]) each.lost(lease);
      }
    }),
    { numRuns: runs(200) },
  );
});

test('what rules want is never more than a manifest could declare, however much is measured', () => {
  const component = { name: 'C', size: 'SMALL', min: 1, max: 2 };
  const rules = new ElasticityRules(['C'], ['Users']);
  for (const figure of ['Memory(C)', 'CPU(C)', 'Load(C)', 'Replicas(C)']) rules.add(`${figure} = Users * 10`);
  rules.add('Odd(C) = Load(C) - Load(C) * 10 + Load(C) * 10');
  rules.close();
  const times = { everyMs: 10, termMs: 10, coolDownMs: 0, patienceMs: 0 };
  const service: Service = { name: 's', components: [component], rules, metrics: new Map(), ...times };
  const step = (users: number, declared = SMALL) => {
    const manager = new ServiceManager(service, () => declared);
    const measured = new Map([['Users', users]]);
    const figures = [...manager.figures(measured)].filter(([, value]) => !Number.isFinite(value));
    const sizes = manager.step(0, measured).asked.map(({ size }) => size);
    return { sizes, figures: figures.filter(([name]) => name !== 'Users') };
  };
  const largest = { ...SMALL, milliCpus: MOST_CPUS * 1000, memoryMib: MOST_MEMORY_MIB };
  expect(step(1e308)).toEqual({ sizes: [largest, largest], figures: [] });
  expect(step(Number.POSITIVE_INFINITY)).toEqual({ sizes: [largest, largest], figures: [] });
  expect(step(Number.NaN)).toEqual({ sizes: ['SMALL'], figures: [] });
  expect(step(-1e308)).toEqual({ sizes: ['SMALL'], figures: [] });
});

test('ten thousand instances are missing for no longer than it takes to number them', () => {
  const component = { name: 'C', size: 'SMALL', min: 0, max: 10_000 };
  const manager = new ServiceManager(
    serviceOf(component, { everyMs: 10, termMs: 1000, coolDownMs: 0 }),
    () => SMALL,
  );
  const beganMs = performance.now();
  expect(manager.step(0, new Map([['Wanted', 10_000]])).asked).toHaveLength(10_000);
  expect(performance.now() - beganMs).toBeLessThan(1_000);
});
