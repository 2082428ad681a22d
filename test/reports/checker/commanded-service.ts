// What only users of a service do, who talk to the provider themselves: messages out of turn, withdrawals, commands to
// single instances.
import type { DomainEvent } from '../../../engine/index.ts';
import { MINUTE } from '../../support/setup.ts';
import { type Story, tell } from '../../support/story.ts';

const slow = { minMs: MINUTE, maxMs: MINUTE };

/** A day that is not over: one negotiation is open. */
export function commandedService(): Story {
  const story = tell({
    hypervisor: { create: slow, start: slow, suspend: slow, resume: slow, migrate: slow },
  });
  const instance = (vmId: string, command: 'stop' | 'pause' | 'unpause' | 'suspend' | 'resume' | 'delete') =>
    story.command({ name: 'instance', vmId, command });
  story.at('08:00').request('ann', { start: '10:00', duration: '2h', instances: 3 });
  // Refused: only a counter-offer can be countered.
  story.at('08:01').counter('ann', { start: '10:00', duration: '3h', instances: 3 });
  story.at('08:02').confirm('ann').confirm('ann');
  story.at('08:10').request('bob', { start: '10:00' });
  story.at('08:11').cancel('bob');
  story.at('10:00').activate('ann');
  story.runUntil(story.ms('10:01') + MINUTE / 2);
  // Before it is up for the first time.
  instance('ann/3', 'delete');
  story.runUntil('10:30');
  instance('ann/1', 'suspend');
  story.runUntil('11:00');
  instance('ann/1', 'resume');
  story.at('11:20').drain('n1');
  story.at('11:40').enable('n1').fail('n2');
  story.at('12:00').return('n2');
  story.at('13:30').book('cleo', { start: '14:00', duration: '1h' });
  story.at('14:00').activate('cleo');
  story.runUntil(story.ms('14:01') + MINUTE / 2);
  instance('cleo/1', 'stop');
  story.at('14:30').request('dan', { start: '20:00' });
  story.runUntil('14:35');
  return story;
}

/** As a hypervisor would have it that does not tell how long migrations stood still. */
export function untold(events: readonly DomainEvent[]): DomainEvent[] {
  return events.map((event) => (event.type === 'vm-migrated' ? { ...event, downtimeMs: null } : event));
}
