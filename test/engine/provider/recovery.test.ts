// Stories of nodes that are out while no other has room: what a recovery policy makes of it. An auditor hears all of them.
import { throwError } from 'rxjs';
import { Type } from 'typebox';
import { describe, expect, test } from 'vitest';
import { type Dispatcher, DispatcherError } from '../../../engine/hypervisor/dispatcher.ts';
import { PolicyError, type RecoveryPolicy, recoveryPolicy } from '../../../engine/index.ts';
import { makePolicy, resolvePolicy } from '../../../policies/resolve-policy.ts';
import { HOUR, MINUTE, node, policy, SECOND } from '../../support/setup.ts';
import { type StorySettings, tell } from '../../support/story.ts';

const WAIT = policy('recovery', 'wait');
const NEW_OFFER = policy('recovery', 'new-offer');
const auto = { autoActivate: true };

function own(functions: RecoveryPolicy) {
  return makePolicy(
    resolvePolicy(
      recoveryPolicy({ name: 'own', summary: 'A test.', options: Type.Object({}), create: () => functions }),
    ),
  );
}

/** Two nodes that are both full from ten to twelve, and one of them is lost at eleven. */
function fullAndLost(settings: StorySettings) {
  const story = tell({ nodes: [node('n1', 2), node('n2', 2)], manager: auto, ...settings });
  story.at('09:00').book('alice', { start: '10:00', duration: '2h', instances: 4 });
  story.at('11:00').fail('n2');
  return story;
}

describe('an instance without a node', () => {
  test('takes its reservation with it, unless the policy says otherwise', () => {
    const story = fullAndLost({}).run();
    expect(story.endOf('alice')).toMatchObject({ state: 'FAILED', reason: 'node-lost', atMs: 11 * HOUR });
  });

  test('waits for its node, while the others go on', () => {
    const story = fullAndLost({ policies: { recovery: WAIT } });
    story.at('11:20').return('n2');
    expect(story.run().timeline()).toMatchInlineSnapshot(`
      "09:00  alice asks for 4 SMALL 10:00-12:00
             alice <- ACCEPT on 2xn1+2xn2, held until 09:10
             alice is CONFIRMED on 2xn1+2xn2
      10:00  alice may run until 12:00 on 2xn1+2xn2
             alice is ACTIVATED
             alice/1,2 HALTED on n1
             alice/3,4 HALTED on n2
             alice/1,2 RUNNING on n1
             alice/3,4 RUNNING on n2
      11:00  n2 is lost with 2 VMs
             alice/3,4 HALTED on n2 (node-lost)
      11:20  n2 is back
             alice/3,4 RUNNING on n2
      12:00  alice is EXPIRED: window-over
             alice/1,2 HALTED on n1
             alice/3,4 HALTED on n2
             alice/1,2 DELETED on n1
             alice/3,4 DELETED on n2"
    `);
  });

  test('that waits to the end was not delivered, and the others were', () => {
    const story = fullAndLost({ policies: { recovery: WAIT } }).run();
    const end = story.endOf('alice');
    expect(end).toMatchObject({ state: 'FAILED', reason: 'node-lost', atMs: 12 * HOUR });
    // Half of an hour of two of four instances that were to run for two.
    const { priceMicros } = story.eventsOf('offer-accepted')[0]!;
    expect(end?.refundMicros).toBe(priceMicros / 4);
  });

  test('is waited for when the window opens', () => {
    const story = tell({
      nodes: [node('n1', 2), node('n2', 2)],
      manager: auto,
      policies: { recovery: WAIT },
    });
    story.at('08:00').book('alice', { start: '10:00', duration: '2h', instances: 4 });
    story.at('09:00').drain('n2', { until: 'never' });
    story.at('10:30').enable('n2');
    story.run();
    const up = story.eventsOf('vm-state-changed').filter(({ to }) => to === 'RUNNING');
    expect(up.map(({ atMs }) => atMs / MINUTE)).toEqual([600, 600, 630, 630]);
    expect(story.endOf('alice')).toMatchObject({ state: 'EXPIRED', reason: 'window-over' });
  });
});

describe('other terms', () => {
  /** Two nodes of four, of which one is drained at nine for a reservation that needs both at ten. */
  function drained(settings: StorySettings = {}, until = '11:00') {
    const story = tell({
      nodes: [node('n1', 2), node('n2', 2)],
      manager: { ...auto, turnMs: 30 * MINUTE },
      policies: { recovery: NEW_OFFER },
      ...settings,
    });
    story.at('08:00').book('alice', { start: '10:00', instances: 4 });
    story.at('09:00').drain('n2', { until });
    return story;
  }

  test('are offered as soon as the nodes are known to be out, held, and taken', () => {
    const story = drained();
    story.at('10:50').enable('n2');
    story.runUntil('09:10');
    expect(story.user('alice').answerChange('ACCEPT').reply).toBe('CONFIRM_REQUEST');
    expect(story.user('alice').answerChange('CONFIRM').reply).toBe('REQUEST_SUCCESS');
    expect(story.run().timeline()).toMatchInlineSnapshot(`
      "08:00  alice asks for 4 SMALL 10:00-11:00
             alice <- ACCEPT on 2xn1+2xn2, held until 08:10
             alice is CONFIRMED on 2xn1+2xn2
      09:00  n2 is drained until 11:00
             alice <- COUNTER 4 SMALL 11:00-12:00 on 2xn1+2xn2, held until 09:30
      09:10  alice <- CONFIRM_REQUEST
             alice is CHANGED to 4 SMALL 11:00-12:00 on 2xn1+2xn2
      10:50  n2 is enabled
      11:00  alice may run until 12:00 on 2xn1+2xn2
             alice is ACTIVATED
             alice/1,2 HALTED on n1
             alice/3,4 HALTED on n2
             alice/1,2 RUNNING on n1
             alice/3,4 RUNNING on n2
      12:00  alice is EXPIRED: window-over
             alice/1,2 HALTED on n1
             alice/3,4 HALTED on n2
             alice/1,2 DELETED on n1
             alice/3,4 DELETED on n2"
    `);
  });

  test('cost no more than was agreed', () => {
    const story = drained({
      policies: {
        recovery: NEW_OFFER,
        pricing: policy('pricing', 'time-of-use', { bands: [{ from: '11:00', to: '20:00', factor: 3 }] }),
      },
    });
    story.runUntil('09:30');
    const [offer] = story.eventsOf('change-offered');
    expect(offer).toMatchObject({ because: 'node-drained', differenceMicros: 0 });
  });

  test('that nobody takes leave everything as it was', () => {
    const story = drained();
    story.at('10:20').enable('n2');
    story.run();
    expect(story.eventsOf('change-given-up')).toMatchObject([{ reason: 'hold-expired', atMs: 9.5 * HOUR }]);
    const starts = story.eventsOf('window-opened').map(({ atMs }) => atMs / HOUR);
    expect(starts).toEqual([10]);
  });

  test('are fewer instances where no start is found', () => {
    const story = drained({}, 'never').runUntil('09:30');
    expect(story.eventsOf('change-offered')).toMatchObject([
      {
        reply: 'COUNTER',
        proposal: { numInstancesFixed: 2, startMs: 10 * HOUR },
        pieces: [{ nodeId: 'n1', instances: 2 }],
      },
    ]);
  });

  test('must be such that they can be had: others are passed over', () => {
    const recovery = own({
      offer: () => [{ startMs: 10 * HOUR + MINUTE }, { numInstancesFixed: 9 }, { startMs: 12 * HOUR }],
    });
    const story = drained({ policies: { recovery } }).runUntil('09:30');
    expect(story.eventsOf('change-offered')).toMatchObject([{ proposal: { startMs: 12 * HOUR } }]);
  });

  test('that make no sense are an error of the policy', () => {
    const recovery = own({ offer: () => [{ startMs: 0.5 }] });
    expect(() => drained({ policies: { recovery } }).run()).toThrow(PolicyError);
  });
});

describe('a VM that goes to another node', () => {
  const TAKES_A_WHILE = {
    migrate: { minMs: 30 * SECOND, maxMs: 30 * SECOND },
    start: { minMs: 20 * SECOND, maxMs: 20 * SECOND },
  };

  test('begins again there, without what it had done, where migrations are not to conserve work', () => {
    const story = tell({
      manager: { ...auto, earlyRelease: true },
      hypervisor: TAKES_A_WHILE,
      guests: { alice: '40m' },
      policies: { recovery: policy('recovery', 'give-up', { moves: 'restart' }) },
    });
    story.at('09:00').book('alice', { start: '10:00', duration: '2h' });
    story.at('10:30').drain('n1');
    expect(story.run().timeline()).toMatchInlineSnapshot(`
      "09:00     alice asks for 1 SMALL 10:00-12:00
                alice <- ACCEPT on n1, held until 09:10
                alice is CONFIRMED on n1
      10:00     alice may run until 12:00 on n1
                alice is ACTIVATED
                alice/1 HALTED on n1
      10:00:20  alice/1 RUNNING on n1
      10:30     n1 is drained until 14:30
                alice/1 is moved n1 -> n2 (drain)
                alice/1 HALTED on n1 (restart)
      10:30:20  alice/1 RUNNING on n2
      11:10:20  alice/1 HALTED on n2 (guest-shutdown)
                alice is EXPIRED: completed
                alice/1 DELETED on n2"
    `);
    expect(story.eventsOf('vm-migrated')).toEqual([]);
  });

  test('stays where it is when it cannot be stopped', () => {
    const story = tell({
      manager: { ...auto, maxAttempts: 2, retryDelayMs: MINUTE },
      policies: { recovery: policy('recovery', 'give-up', { moves: 'restart' }) },
      dispatcher: (hypervisor) => ({
        ...bound(hypervisor),
        stop: (vmId, mode) =>
          story.clock.now() < 11 * HOUR && mode === 'hard'
            ? throwError(() => new DispatcherError('OPERATION_FAILED', 'it does not stop'))
            : hypervisor.stop(vmId, mode),
      }),
    });
    story.at('09:00').book('alice', { start: '10:00', duration: '1h' });
    story.at('10:30').drain('n1');
    story.run();
    expect(story.eventsOf('node-not-emptied')).toMatchObject([{ operation: 'stop', reason: 'failed' }]);
    expect(story.endOf('alice')).toMatchObject({ state: 'EXPIRED', reason: 'window-over' });
  });

  test('goes on from its last checkpoint when its node is lost', () => {
    const story = tell({
      manager: { ...auto, earlyRelease: true },
      hypervisor: {
        ...TAKES_A_WHILE,
        checkpoints: {
          everyMs: 10 * MINUTE,
          pauseMs: MINUTE,
          restore: { minMs: 90 * SECOND, maxMs: 90 * SECOND },
        },
      },
      guests: { alice: '40m' },
      policies: { recovery: policy('recovery', 'give-up', { begins: 'checkpoint' }) },
    });
    story.at('09:00').book('alice', { start: '10:00', duration: '2h' });
    story.at('10:30').fail('n1');
    story.run();
    // Up at 10:00:20; checkpoints after 11 and 22 minutes, the pauses included. Lost at 10:30, back at 10:31:30 with 22 of 43 minutes done.
    const lives = story
      .eventsOf('vm-state-changed')
      .map(({ atMs, cause, keptMs, to }) => `${to} ${atMs - 10 * HOUR} ${cause} ${keptMs ?? ''}`.trim());
    expect(lives).toMatchInlineSnapshot(`
      [
        "HALTED 0 operation",
        "RUNNING 20000 operation",
        "HALTED 1800000 node-lost",
        "RUNNING 1890000 operation 1320000",
        "HALTED 3150000 guest-shutdown",
        "DELETED 3150000 operation",
      ]
    `);
  });
});

/** A dispatcher whose methods can be spread. */
function bound(hypervisor: Dispatcher) {
  const { observations$ } = hypervisor;
  return {
    observations$,
    create: hypervisor.create.bind(hypervisor),
    start: hypervisor.start.bind(hypervisor),
    reboot: hypervisor.reboot.bind(hypervisor),
    pause: hypervisor.pause.bind(hypervisor),
    unpause: hypervisor.unpause.bind(hypervisor),
    suspend: hypervisor.suspend.bind(hypervisor),
    resume: hypervisor.resume.bind(hypervisor),
    migrate: hypervisor.migrate.bind(hypervisor),
    destroy: hypervisor.destroy.bind(hypervisor),
    inventory: hypervisor.inventory.bind(hypervisor),
  };
}
