import { expect, test } from 'vitest';
import { jain } from '../../../reports/metrics/users.ts';
import { EventStream, hour, proposal } from '../event-stream.ts';
import { measure } from '../measure.ts';

/** 5 January 2026 is a Monday: requests at one and at three o'clock, by two users. */
function stream(): EventStream {
  const small = proposal(10, 2);
  const large = proposal(20, 4, { numInstancesFixed: 3 });
  return new EventStream()
    .node('n1')
    .asked(1, 'a', small)
    .accepted(1, 'a')
    .confirmed(1, 'a', small, 5_000_000)
    .asked(3, 'b', large)
    .ended(3, 'b', 'REJECTED', 'no-capacity')
    .finished(22);
}

test('requests are counted where they were made, and their prices with them', () => {
  const { series } = measure(stream()).figures.demand;
  const used = series.filter(({ requests }) => requests > 0);
  expect(
    used.map(({ startMs, requests, accepted, agreedMicros }) => [startMs, requests, accepted, agreedMicros]),
  ).toEqual([
    [hour(1), 1, 1, 5_000_000],
    [hour(3), 1, 0, 0],
  ]);
});

test('load is counted when it was to run, up to the end of the run, whether it was agreed to or not', () => {
  const { asked } = measure(stream()).figures.demand;
  const cpuHours = (from: number, to: number) =>
    asked
      .filter(({ startMs }) => startMs >= hour(from) && startMs < hour(to))
      .reduce((sum, { cpus, spanMs }) => sum + (cpus * spanMs) / 3_600_000, 0);
  const cpus = proposal(10, 2).demand.milliCpus / 1000;
  expect(cpuHours(0, 10)).toBe(0);
  expect(cpuHours(10, 12)).toBeCloseTo(2 * cpus, 9);
  // Two of the four hours are after the end.
  expect(cpuHours(20, 24)).toBeCloseTo(2 * 3 * cpus, 9);
});

test('the week knows its days and hours', () => {
  const { week } = measure(stream()).figures.demand;
  expect(week.flat().reduce((sum, count) => sum + count, 0)).toBe(2);
  expect(week[0]![1]).toBe(1);
  expect(week[0]![3]).toBe(1);
  const { week: measured } = measure(stream(), { warmUpHours: 2 }).figures.demand;
  expect(measured.flat().reduce((sum, count) => sum + count, 0)).toBe(1);
});

test('Jain’s index has its textbook values', () => {
  // R. Jain, D. Chiu, W. Hawe, DEC-TR-301, 1984: 20 dollars among 100 people; 20 of them get one each, 10 get two each, all get twenty cents.
  const among = (people: number, dollars: number) =>
    jain(Array.from({ length: 100 }, (_, i) => (i < people ? dollars : 0)));
  expect(among(20, 1)).toBeCloseTo(0.2, 12);
  expect(among(10, 2)).toBeCloseTo(0.1, 12);
  expect(among(100, 0.2)).toBeCloseTo(1, 12);
  expect(jain([7, 7, 7, 7])).toBe(1);
  expect(jain([1, 0, 0, 0])).toBe(0.25);
  expect(jain([])).toBeNull();
});

test('users are told by what they were agreed, and add up to the whole', () => {
  const { figures } = measure(stream());
  const { users } = figures.users;
  const sum = (key: 'requests' | 'accepted' | 'askedCpuMs' | 'agreedCpuMs') =>
    users.reduce((total, user) => total + user[key], 0);
  expect(sum('requests')).toBe(figures.negotiation.requests);
  expect(sum('accepted')).toBe(figures.negotiation.accepted);
  expect(sum('askedCpuMs')).toBe(figures.negotiation.askedCpuMs);
  expect(sum('agreedCpuMs')).toBe(figures.negotiation.agreedCpuMs);
  expect(users[0]!.spentMicros).toBe(5_000_000);
});
