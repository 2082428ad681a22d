// What came from outside, read off the events that it led to.
import { describe, expect, test } from 'vitest';
import type { DomainEvent, EventOf } from '../../../../engine/index.ts';
import { inputsOf } from '../../../../live/replay/from-0.1.0/recorded-inputs.ts';

const DEMAND = { milliCpus: 1000, memoryMib: 768, diskGib: 10 };
const ENVELOPE = { seq: 1, atMs: 7, provider: 'provider' } as const;
const SESSION = { ...ENVELOPE, reservationId: 'R' } as const;
const OPENED: DomainEvent = { ...SESSION, type: 'window-opened', endMs: 99, demand: DEMAND, pieces: [] };
const ACTIVATED: DomainEvent = { ...SESSION, type: 'reservation-activated' };

function changed(more: Partial<EventOf<'vm-state-changed'>>): DomainEvent {
  return {
    ...SESSION,
    type: 'vm-state-changed',
    vmId: 'v',
    nodeId: 'n1',
    from: 'HALTED',
    to: 'RUNNING',
    cause: 'operation',
    demand: DEMAND,
    loadPermille: 500,
    ...more,
  };
}

const MIGRATED: DomainEvent = {
  ...SESSION,
  type: 'vm-migrated',
  vmId: 'v',
  fromNodeId: 'n1',
  toNodeId: 'n2',
  startedMs: 1,
  downtimeMs: 3,
  memoryMib: 768,
  loadPermille: 500,
  demand: DEMAND,
};

describe('the inputs of an instant', () => {
  test('have an activation unless the provider did it itself when the window opened', () => {
    const activation = { from: 'users', command: { kind: 'activate', reservationId: 'R' } };
    expect(inputsOf([OPENED, ACTIVATED], true)).toEqual([]);
    expect(inputsOf([OPENED, ACTIVATED], false)).toEqual([activation]);
    expect(inputsOf([ACTIVATED], true)).toEqual([activation]);
  });

  test('have one result of a migration, with the load that was seen after it', () => {
    expect(inputsOf([MIGRATED, changed({ from: 'RUNNING', nodeId: 'n2', loadPermille: 20 })], false)).toEqual(
      [
        {
          from: 'hypervisor',
          news: {
            kind: 'done',
            migrated: true,
            seen: { vmId: 'v', state: 'RUNNING', nodeId: 'n2', loadPermille: 20, downtimeMs: 3 },
          },
        },
      ],
    );
  });

  test('have a hang that came to light with the result of an operation before that result', () => {
    const hang = changed({ from: 'RUNNING', cause: 'guest-hang', loadPermille: 0 });
    const kinds = inputsOf([changed({}), hang], false).map((input) =>
      input.from === 'hypervisor' ? input.news : input.command,
    );
    expect(kinds).toMatchObject([
      { kind: 'observed', cause: 'guest-hang', early: true },
      { kind: 'done', seen: { state: 'RUNNING', loadPermille: 500 } },
    ]);
  });

  test('have the loss of a node once, and nothing of what the manager made of it', () => {
    const lost: DomainEvent = { ...ENVELOPE, type: 'node-lost', nodeId: 'n1', vmsLost: 1 };
    const dead = changed({ from: 'RUNNING', to: 'HALTED', cause: 'node-lost', loadPermille: 0 });
    const ended: DomainEvent = {
      ...SESSION,
      type: 'reservation-ended',
      state: 'FAILED',
      reason: 'node-lost',
      noShow: false,
      refundMicros: 0,
      penaltyMicros: 0,
    };
    expect(inputsOf([lost, dead, ended], false)).toEqual([
      { from: 'hypervisor', news: { kind: 'node-down', nodeId: 'n1' } },
    ]);
  });
});
