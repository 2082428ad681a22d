// The fuzzer in this thread: what it finds, how small it makes it, and that it is the same each time. All planted bugs are in the long test.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { putCase, readCase } from '../../../experiments/fuzz/case-directory.ts';
import { drawCase } from '../../../experiments/fuzz/draw-case.ts';
import { evaluate } from '../../../experiments/fuzz/evaluate.ts';
import { type FuzzOptions, fuzz } from '../../../experiments/fuzz/fuzz.ts';
import { scenarioText, workloadText } from '../../../experiments/fuzz/fuzz-case.ts';
import { type FuzzCrew, THIS_THREAD } from '../../../experiments/fuzz/fuzz-crew.ts';
import { loadScenario } from '../../../scenarios/load/scenario.ts';
import { temporaryFolder, write } from '../../support/command-line.ts';
import { node } from '../../support/setup.ts';
import { tell } from '../../support/story.ts';
import { fileOf, PLANTED_BUGS } from './planted-bugs.ts';

function tryBug(name: string, options: Partial<FuzzOptions> = {}) {
  const bug = PLANTED_BUGS.find((each) => each.name === name)!;
  const policies = { [bug.kind]: { file: fileOf(bug) } };
  return fuzz({ seed: 1, runs: 200, policies, crew: THIS_THREAD, place: temporaryFolder(), ...options });
}

let refund: ReturnType<typeof fuzz> | undefined;
/** What several tests look at: found once. */
function generousRefund(): ReturnType<typeof fuzz> {
  refund ??= tryBug('generous-refund');
  return refund;
}

test.each(['writing-offer', 'generous-refund'])(
  '%s is found, made small, left, and fails again',
  async (name) => {
    const bug = PLANTED_BUGS.find((each) => each.name === name)!;
    const { found } = await (name === 'generous-refund' ? generousRefund() : tryBug(name));
    expect(bug.checks).toContain(found?.finding.check);
    expect(found!.finding.what).toMatch(bug.says);
    expect(found!.smallest.requests.length).toBeLessThan(Math.min(20, found!.drawn.requests.length));
    const path = join(temporaryFolder(), 'left');
    putCase(path, found!, '1.2.3');
    const { disturbance, version } = readCase(path);
    expect(version).toBe('1.2.3');
    const again = await evaluate(await loadScenario(join(path, 'scenario.yaml')), disturbance);
    expect(again.finding).toEqual(found!.finding);
  },
);

test('what is found does not depend on how many cases are tried at once', async () => {
  const several: FuzzCrew = { ...THIS_THREAD, size: 3 };
  // One after the other all the same: clocks and dice are those of the thread.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn: FuzzCrew = {
    ...several,
    run: (task, limitMs) => {
      const next = last.then(() => THIS_THREAD.run(task, limitMs));
      last = next.catch(() => undefined);
      return next;
    },
  };
  const [one, other] = [await generousRefund(), await tryBug('generous-refund', { crew: inTurn })];
  expect(other.found!.number).toBe(one.found!.number);
  expect(other.cases).toBe(one.cases);
  expect(scenarioText(other.found!.smallest)).toBe(scenarioText(one.found!.smallest));
  expect(workloadText(other.found!.smallest)).toBe(workloadText(one.found!.smallest));
});

test('the manager and the policies that ship break nothing', async () => {
  const { cases, found, tally } = await fuzz({
    seed: 20,
    runs: 25,
    policies: {},
    crew: THIS_THREAD,
    place: temporaryFolder(),
  });
  expect(found).toBeNull();
  expect(cases).toBe(25);
  for (const name of ['confirmed', 'countered', 'nodes drained', 'nodes lost', 'restarts', 'quotes']) {
    expect(tally[name], name).toBeGreaterThan(0);
  }
});

test('the same seed and number draw the same case; another policy shifts nothing', () => {
  const drawn = drawCase(3, 7, {});
  expect(drawCase(3, 7, {})).toEqual(drawn);
  expect(drawCase(3, 8, {})).not.toEqual(drawn);
  const { policies, ...rest } = drawCase(3, 7, { pricing: { file: '/mine.ts' } });
  expect({ ...rest, policies: { ...policies, pricing: drawn.policies.pricing } }).toEqual(drawn);
});

test('a move to a full node is heard by the auditor as what it is', () => {
  const nodes = [node('n1', 4), node('n2', 4), node('n3', 4)];
  const story = tell({ nodes, manager: { autoActivate: true } });
  story.at('09:00').book('ann', { start: '10:00', instances: 4 });
  story.at('09:01').book('bob', { start: '10:00', instances: 4 });
  story.at('10:10').drain('n1');
  story.run();
  const { auditor: honest } = tell({ nodes });
  const { auditor: deceived } = tell({ nodes });
  const hear = () => {
    for (const event of story.events) {
      honest.hear(event);
      const isMove = event.type === 'instance-moved' && event.cause === 'drain';
      deceived.hear(isMove ? { ...event, toNodeId: 'n2' } : event);
    }
  };
  expect(hear).toThrow(/n2 is over capacity/);
});

test('a folder that holds something else is left alone', async () => {
  const folder = temporaryFolder();
  write(folder, 'thesis.tex', 'dear to somebody');
  const { found } = await generousRefund();
  expect(() => putCase(folder, found!, '1.2.3')).toThrow(/no case of the fuzzer/);
  expect(readFileSync(join(folder, 'thesis.tex'), 'utf8')).toBe('dear to somebody');
  expect(existsSync(join(folder, 'case.json'))).toBe(false);
});

test('a case that was damaged is told with its place', () => {
  const folder = temporaryFolder();
  expect(() => readCase(folder)).toThrow(/case\.json: there is no such file/);
  write(
    folder,
    'case.json',
    '{"version":"1","check":"policy","found":"","disturbance":{"seed":1,"restarts":2,"quotes":0}}',
  );
  expect(() => readCase(folder)).toThrow(/disturbance\.restarts/);
});
