// Only for recordings of version 0.1.0, which did not store inputs: they are read off the events.
// What came to the manager from outside, read off the events that it led to: messages of users, commands of operators, and what the
// hypervisor reported. Everything else in a journal is the manager's own doing.
import type {
  DomainEvent,
  EventOf,
  InstanceCommand,
  Proposal,
  SessionOrigin,
  UserReply,
  VmCause,
  VmObservation,
} from '../../../engine/index.ts';

/** A message or command, as the manager takes it. */
export type RecordedCommand =
  | {
      readonly kind: 'open';
      readonly reservationId: string;
      readonly userId: string;
      readonly origin: SessionOrigin | null;
      readonly proposal: Proposal;
    }
  | {
      readonly kind: 'initiate';
      readonly reservationId: string;
      readonly userId: string;
      readonly origin: SessionOrigin | null;
    }
  | { readonly kind: 'request'; readonly reservationId: string; readonly proposal: Proposal }
  | { readonly kind: 'reply'; readonly reservationId: string; readonly answer: UserReply }
  | { readonly kind: 'activate'; readonly reservationId: string }
  | { readonly kind: 'cancel'; readonly reservationId: string }
  | { readonly kind: 'claim'; readonly reservationId: string; readonly count: number }
  | { readonly kind: 'command'; readonly vmId: string; readonly command: InstanceCommand }
  | { readonly kind: 'drain'; readonly nodeId: string }
  | { readonly kind: 'enable'; readonly nodeId: string };

/** What the hypervisor said. */
export type RecordedNews =
  | { readonly kind: 'node-down'; readonly nodeId: string }
  | { readonly kind: 'node-up'; readonly nodeId: string }
  /** The result of an operation; `migrated` when it was a live migration. */
  | { readonly kind: 'done'; readonly seen: VmObservation; readonly migrated: boolean }
  | { readonly kind: 'failed'; readonly vmId: string; readonly operation: string; readonly error: string }
  /** Not asked for. `early`: it came while an operation was in progress that succeeded all the same. */
  | {
      readonly kind: 'observed';
      readonly seen: VmObservation;
      readonly cause: VmCause;
      readonly early: boolean;
    };

export type RecordedInput =
  | { readonly from: 'users'; readonly command: RecordedCommand }
  | { readonly from: 'hypervisor'; readonly news: RecordedNews };

/**
 * The inputs of one instant, in the order in which they came.
 * @param events everything that was recorded at that instant, in order
 * @param autoActivate reservations are activated when their window opens: that is no input then
 */
export function inputsOf(events: readonly DomainEvent[], autoActivate: boolean): RecordedInput[] {
  const inputs: RecordedInput[] = [];
  for (const [i, event] of events.entries()) {
    const neighbours = { before: events[i - 1], after: events[i + 1] };
    const command = commandBehind(event, neighbours, autoActivate);
    if (command !== undefined) inputs.push({ from: 'users', command });
    const news = newsBehind(event, neighbours);
    if (news === undefined) continue;
    const isEarly = news.kind === 'observed' && news.early;
    inputs.splice(isEarly ? inputs.length - 1 : inputs.length, 0, { from: 'hypervisor', news });
  }
  return inputs;
}

interface Neighbours {
  readonly before: DomainEvent | undefined;
  readonly after: DomainEvent | undefined;
}

function commandBehind(
  event: DomainEvent,
  { before, after }: Neighbours,
  autoActivate: boolean,
): RecordedCommand | undefined {
  switch (event.type) {
    case 'reservation-initiated': {
      const { origin, reservationId, userId } = event;
      const session = { reservationId, userId, origin };
      // A live service takes both messages as one command.
      return isAbout('proposal-received', after, reservationId)
        ? { kind: 'open', ...session, proposal: after.proposal }
        : { kind: 'initiate', ...session };
    }
    case 'proposal-received': {
      const { proposal, reservationId, round } = event;
      if (isAbout('reservation-initiated', before, reservationId)) return undefined;
      if (round === 1) return { kind: 'request', reservationId, proposal };
      return { kind: 'reply', reservationId, answer: { reply: 'COUNTER', proposal } };
    }
    case 'counter-accepted':
      return { kind: 'reply', reservationId: event.reservationId, answer: { reply: 'ACCEPT' } };
    case 'offer-declined': {
      const { reason, reservationId } = event;
      return {
        kind: 'reply',
        reservationId,
        answer: { reply: 'REJECT', ...(reason === null ? {} : { reason }) },
      };
    }
    case 'reservation-confirmed':
      return { kind: 'reply', reservationId: event.reservationId, answer: { reply: 'CONFIRM' } };
    case 'reservation-activated': {
      const { reservationId } = event;
      const isAutomatic = autoActivate && isAbout('window-opened', before, reservationId);
      return isAutomatic ? undefined : { kind: 'activate', reservationId };
    }
    case 'reservation-ended':
      return event.reason === 'cancelled-by-user'
        ? { kind: 'cancel', reservationId: event.reservationId }
        : undefined;
    case 'options-claimed':
      return { kind: 'claim', reservationId: event.reservationId, count: event.asked };
    case 'instance-commanded':
      return { kind: 'command', vmId: event.vmId, command: event.command };
    case 'node-drained':
      return { kind: 'drain', nodeId: event.nodeId };
    case 'node-enabled':
      return { kind: 'enable', nodeId: event.nodeId };
    default:
      return undefined;
  }
}

function newsBehind(event: DomainEvent, { before, after }: Neighbours): RecordedNews | undefined {
  switch (event.type) {
    case 'node-lost':
      return { kind: 'node-down', nodeId: event.nodeId };
    case 'node-returned':
      return { kind: 'node-up', nodeId: event.nodeId };
    case 'vm-migrated': {
      const { downtimeMs, loadPermille, toNodeId: nodeId, vmId } = event;
      const changed = isResultFor(vmId, after) ? { state: after.to, loadPermille: after.loadPermille } : {};
      const seen: VmObservation = {
        vmId,
        state: 'RUNNING',
        nodeId,
        loadPermille,
        ...(downtimeMs === null ? {} : { downtimeMs }),
        ...changed,
      };
      return { kind: 'done', seen, migrated: true };
    }
    case 'vm-state-changed': {
      const { cause, loadPermille, nodeId, to: state, vmId } = event;
      const seen: VmObservation = { vmId, state, nodeId, loadPermille };
      // The Node Monitor tells the VM Monitor of these.
      if (cause === 'node-lost') return undefined;
      if (cause === 'operation') {
        const isPartOfMigration = before?.type === 'vm-migrated' && before.vmId === vmId;
        return isPartOfMigration ? undefined : { kind: 'done', seen, migrated: false };
      }
      // A hang that was noticed during an operation comes to light right after its result.
      return { kind: 'observed', seen, cause, early: cause === 'guest-hang' && isResultFor(vmId, before) };
    }
    case 'operation-failed': {
      const { error, operation, vmId } = event;
      return { kind: 'failed', vmId, operation, error };
    }
    default:
      return undefined;
  }
}

function isAbout<T extends 'proposal-received' | 'reservation-initiated' | 'window-opened'>(
  type: T,
  event: DomainEvent | undefined,
  reservationId: string,
): event is EventOf<T> {
  return event?.type === type && 'reservationId' in event && event.reservationId === reservationId;
}

function isResultFor(vmId: string, event: DomainEvent | undefined): event is EventOf<'vm-state-changed'> {
  return event?.type === 'vm-state-changed' && event.vmId === vmId && event.cause === 'operation';
}
