// What the pricing policy is told of a reservation that was kept to its end, and lacked something: who came up late, who was out, and whose doing it was.
import fc from 'fast-check';
import { Type } from 'typebox';
import { describe, expect, test } from 'vitest';
import { type Kept, pricingPolicy } from '../../../engine/index.ts';
import {
  lackedBy,
  NOT_SERVED_YET,
  nextRecord,
  type Serving,
} from '../../../engine/provider/state/service-record.ts';
import { makePolicy, resolvePolicy } from '../../../policies/resolve-policy.ts';
import { restarting } from '../../support/restarting.ts';
import { MINUTE, node, policy } from '../../support/setup.ts';
import { type Story, type StorySettings, tell } from '../../support/story.ts';

const minute = { minMs: MINUTE, maxMs: MINUTE };

/** All that the policy was asked, which owes a micro-credit for each minute. */
function listening(settings: StorySettings = {}) {
  const asked: Kept[] = [];
  const pricing = makePolicy(
    resolvePolicy(
      pricingPolicy({
        name: 'own',
        summary: 'A test.',
        options: Type.Object({}),
        create: () => ({
          price: () => 1000,
          compensation: () => ({ refundMicros: 0, penaltyMicros: 77 }),
          shortfall(kept) {
            asked.push(kept);
            const lackedMs = kept.instances.reduce((sum, { lateMs, outMs }) => sum + lateMs + outMs, 0);
            return Math.floor(lackedMs / MINUTE);
          },
        }),
      }),
    ),
  );
  const story = tell({
    manager: { autoActivate: true },
    ...settings,
    policies: { pricing, ...settings.policies },
    // Whatever is not kept in the snapshot is lost.
    providerOf: restarting,
  });
  return { story, asked };
}

const served = (asked: readonly Kept[]) =>
  asked.map(({ instances, openMs }) => [
    openMs / MINUTE,
    ...instances.map(({ lateMs, outMs }) => [lateMs / MINUTE, outMs / MINUTE]),
  ]);

const owed = (story: Story) => {
  const { penaltyMicros, refundMicros, state } = story.endOf('alice')!;
  return { penaltyMicros, refundMicros, state };
};

describe('what lacked of a reservation that was kept', () => {
  test('nothing: the policy is not asked', () => {
    const { asked, story } = listening();
    story.at('09:00').book('alice', { start: '10:00', instances: 2 });
    expect(owed(story.run())).toEqual({ penaltyMicros: 0, refundMicros: 0, state: 'EXPIRED' });
    expect(asked).toEqual([]);
  });

  test('instances that take their time to come up are late', () => {
    const { asked, story } = listening({ hypervisor: { create: minute, start: minute } });
    story.at('09:00').book('alice', { start: '10:00', instances: 2 });
    expect(owed(story.run())).toEqual({ penaltyMicros: 4, refundMicros: 0, state: 'EXPIRED' });
    expect(served(asked)).toEqual([[60, [2, 0], [2, 0]]]);
  });

  test('a node that is lost puts its instances out until they are up elsewhere', () => {
    const { asked, story } = listening({ hypervisor: { start: minute, nodeDetectionMs: 2 * MINUTE } });
    story.at('09:00').book('alice', { start: '10:00', instances: 2 });
    story.at('10:30').fail('n1');
    story.run();
    // From when its loss is known.
    expect(served(asked)).toEqual([[60, [1, 1], [1, 1]]]);
  });

  test('an instance that waits for a node is out, and one that had none at its start is late', () => {
    const nodes = [node('n1', 2), node('n2', 2)];
    const { asked, story } = listening({ nodes, policies: { recovery: policy('recovery', 'wait') } });
    story.at('09:00').book('alice', { start: '10:00', duration: '2h', instances: 4 });
    story.at('09:30').fail('n1');
    story.at('10:05').return('n1');
    story.at('11:00').fail('n2');
    story.at('11:20').return('n2');
    story.run();
    expect(served(asked)).toEqual([[120, [5, 0], [5, 0], [0, 20], [0, 20]]]);
  });

  test('what a drain suspends is out', () => {
    const nodes = [node('n1', 2)];
    const { asked, story } = listening({ nodes, policies: { recovery: policy('recovery', 'wait') } });
    story.at('09:00').book('alice', { start: '10:00' });
    story.at('10:20').drain('n1');
    story.at('10:50').enable('n1');
    story.run();
    expect(served(asked)).toEqual([[60, [0, 30]]]);
  });

  test('a guest that crashes, and a user who stops an instance, have themselves to thank', () => {
    const { asked, story } = listening({ hypervisor: { start: minute } });
    story.at('09:00').book('alice', { start: '10:00' });
    story.at('10:10').crash('alice/1');
    const say = (command: 'stop' | 'start') => story.command({ name: 'instance', vmId: 'alice/1', command });
    story.runUntil('10:20');
    say('stop');
    story.runUntil('10:40');
    say('start');
    story.run();
    expect(served(asked)).toEqual([[60, [1, 0]]]);
  });

  test('whose guest is down when its node is lost waits for the node', () => {
    const nodes = [node('n1', 1)];
    const { asked, story } = listening({
      nodes,
      hypervisor: { start: minute },
      policies: { recovery: policy('recovery', 'wait') },
    });
    story.at('09:00').book('alice', { start: '10:00' });
    story.at('10:10').crash('alice/1');
    story.at('10:10:30').fail('n1');
    story.at('10:30').return('n1');
    story.run();
    expect(served(asked)).toEqual([[60, [1, 20.5]]]);
  });

  test('a reservation that fails is compensated for that, and not twice', () => {
    const { asked, story } = listening({ nodes: [node('n1')], hypervisor: { start: minute } });
    story.at('09:00').book('alice', { start: '10:00' });
    story.at('10:30').fail('n1');
    expect(owed(story.run())).toEqual({ penaltyMicros: 77, refundMicros: 0, state: 'FAILED' });
    expect(asked).toEqual([]);
  });
});

test('the record counts, instant by instant, what was to be up and was not', () => {
  const change = fc.record({
    afterMs: fc.integer({ min: 0, max: 5 }),
    isOwed: fc.boolean(),
    isUp: fc.boolean(),
    cause: fc.constantFrom('guest-crash', 'node-lost', 'operation', undefined),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
      let record = NOT_SERVED_YET;
      let nowMs = 0;
      // Naive: every millisecond is looked at by itself.
      const told: (Serving & { excused: boolean })[] = [];
      let [excused, hasBeenUp] = [false, false];
      for (const { afterMs, ...change } of changes) {
        nowMs += afterMs;
        const serving = { ...change, nowMs };
        record = nextRecord(record, serving);
        // Twice is as good as once.
        expect(nextRecord(record, { ...serving, cause: undefined })).toBe(record);
        if (change.isUp) [excused, hasBeenUp] = [false, true];
        else if (change.cause === 'guest-crash' || (hasBeenUp && !change.isOwed)) excused = true;
        else if (change.cause === 'node-lost') excused = false;
        told.push({ ...serving, excused });
      }
      const counted = { lateMs: 0, outMs: 0 };
      for (let ms = 0; ms < nowMs + 3; ms++) {
        const at = told.findLast((serving) => serving.nowMs <= ms);
        const wasUp = told.some((serving) => serving.nowMs <= ms && serving.isUp);
        if (at === undefined || at.isUp || !at.isOwed || at.excused) continue;
        counted[wasUp ? 'outMs' : 'lateMs'] += 1;
      }
      expect(lackedBy(record, nowMs + 3)).toEqual(counted);
    }),
  );
});
