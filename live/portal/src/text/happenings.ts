// What happened to reservations and their VMs, as sentences with reasons, made of the events of the journal. Pure. What was said in the
// negotiation is told by its dialogue and left out here.
import type { HistoryEntry } from '../../../wire/event.ts';
import type { Hindrance } from '../../../wire/instance.ts';
import { formatMoney } from './money.ts';
import { formatMoment, formatSpan } from './time.ts';
import { endingOf, type Tone, troubleText } from './words.ts';

export interface Happening {
  readonly seq: number;
  readonly timeMs: number;
  readonly reservationId: string;
  /** What its user calls it. */
  readonly reservationName: string | null;
  readonly tone: Tone;
  readonly text: string;
}

/** What is asked of the service: the types that have a sentence here. */
export const TOLD_TYPES = [
  'reservation-confirmed',
  'reservation-changed',
  'reservation-transferred',
  'reservation-activated',
  'reservation-ended',
  'options-claimed',
  'terms-changed',
  'window-opened',
  'lease-gives-way',
  'lease-runs-on',
  'lease-suspended',
  'lease-resumed',
  'lease-requeued',
  'instance-moved',
  'instance-commanded',
  'vm-state-changed',
  'vm-migrated',
  'operation-failed',
  'operation-waits',
  'operation-given-up',
  'node-not-emptied',
] as const;

/** Of them those that a user does not bring about: what the start page tells. */
export const UNASKED_TYPES = TOLD_TYPES.filter(
  (type) => !['instance-commanded', 'reservation-activated', 'reservation-confirmed'].includes(type),
);

/** Fields of events by name; each is there in the types that are asked for it. */
type Fields = Readonly<Record<string, string & number & boolean>>;

/**
 * @param entries in any order; as far back as they go, reasons are known
 * @returns the newest first
 */
export function happenings(entries: readonly HistoryEntry[], zone?: string): readonly Happening[] {
  const told: Happening[] = [];
  // The last command of a user to a VM, and how a lease gave way: why it stands still.
  const commanded = new Map<string, string>();
  const givesWay = new Set<string>();
  for (const { event, reservationName, seq, timeMs } of entries.toSorted((a, b) => a.seq - b.seq)) {
    const { reservationId = '', type } = event;
    const fields = event as unknown as Fields;
    if (type === 'instance-commanded') commanded.set(fields.vmId!, fields.command!);
    if (type === 'lease-gives-way' || type === 'lease-suspended') givesWay.add(reservationId);
    const isAsked = commanded.get(fields.vmId ?? '') === 'suspend';
    const why = isAsked ? 'asked' : givesWay.has(reservationId) ? 'gives-way' : 'node-out';
    const said = sentence(type, fields, why, zone);
    if (said !== null)
      told.push({ seq, timeMs, reservationId, reservationName, tone: said[0], text: said[1] });
  }
  return told.reverse();
}

type Said = readonly [Tone, string] | null;
type WhySuspended = 'asked' | 'gives-way' | 'node-out';

function sentence(type: string, fields: Fields, why: WhySuspended, zone?: string): Said {
  const vm = `Instance ${String(fields.vmId ?? '').slice(0, 8)}`;
  switch (type) {
    case 'reservation-confirmed':
      return ['good', `Booked${paid(fields.priceMicros)}.`];
    case 'reservation-changed':
      return ['good', `Changed as agreed${difference(fields.differenceMicros)}.`];
    case 'reservation-transferred':
      return ['neutral', 'Given to another account, which has paid for it.'];
    case 'reservation-activated':
      return ['neutral', 'Activated.'];
    case 'reservation-ended':
      return ended(fields);
    case 'options-claimed':
      return [
        'neutral',
        `${fields.granted} of ${fields.asked} more instances granted${paid(fields.priceMicros)}.`,
      ];
    case 'terms-changed':
      return ['good', 'Room came free, and it got a better time within what was asked.'];
    case 'window-opened':
      return ['busy', `Its time has begun; it lasts until ${formatMoment(fields.endMs!, zone)}.`];
    case 'lease-gives-way':
      return [
        'attention',
        `Makes room for another at ${formatMoment(fields.fromMs!, zone)}: ${
          String(fields.by) === 'restart' ? 'it begins again later' : 'it is suspended and goes on later'
        }.`,
      ];
    case 'lease-runs-on':
      return ['good', 'Runs on after all: nobody needs the room.'];
    case 'lease-suspended':
      return ['attention', `Suspended; ${formatSpan(fields.leftMs!)} are left, and it goes on at its turn.`];
    case 'lease-resumed':
      return ['good', `Goes on; ${formatSpan(fields.leftMs!)} are left.`];
    case 'lease-requeued':
      return ['bad', `Begins again at its turn, because ${REQUEUED[fields.because!] ?? fields.because}.`];
    case 'instance-moved':
      return [
        'neutral',
        `Instance ${fields.instance} has its place on ${fields.toNodeId} instead of ${fields.fromNodeId}: ${
          MOVED[fields.cause!] ?? fields.cause
        }.`,
      ];
    case 'vm-migrated': {
      const { downtimeMs } = fields;
      const still = downtimeMs == null ? '' : ` It stood still for ${downtimeMs} ms.`;
      return ['neutral', `${vm} moved from ${fields.fromNodeId} to ${fields.toNodeId} while it ran.${still}`];
    }
    case 'instance-commanded':
      return ['neutral', `${vm}: ${fields.command} was asked for.`];
    case 'operation-failed':
      return [
        'attention',
        `${vm} could not ${deed(fields.operation!)} at try ${fields.attempt}: ${fields.error}.`,
      ];
    case 'operation-waits':
    case 'operation-given-up':
    case 'node-not-emptied': {
      const { operation, reason } = fields;
      const kind = type === 'operation-waits' ? 'waits' : 'refused';
      const trouble = { kind, operation: operation!, reason: reason as unknown as Hindrance } as const;
      const still =
        type === 'node-not-emptied' ? ` It stays on ${fields.nodeId}, which is out of service.` : '';
      return ['attention', `${vm}: ${troubleText(trouble)}${still}`];
    }
    case 'vm-state-changed':
      return stateChanged(vm, fields, why);
    default:
      return null;
  }
}

function stateChanged(vm: string, { cause, from, nodeId, to }: Fields, why: WhySuspended): Said {
  switch (String(cause)) {
    case 'node-lost':
      return ['bad', `${vm} was lost with node ${nodeId}.`];
    case 'guest-crash':
      return ['bad', `${vm} crashed on ${nodeId}.`];
    case 'guest-hang':
      return ['bad', `${vm} no longer answers on ${nodeId}.`];
    case 'guest-shutdown':
      return ['neutral', `${vm} shut down by itself.`];
    case 'outside':
      return ['attention', `${vm} is ${STATES[to!] ?? to}: somebody did that at the hypervisor.`];
  }
  switch (String(to)) {
    case 'RUNNING':
      // Moves have a sentence of their own.
      if (String(from) === 'UNDER_MIGRATION') return null;
      return ['good', `${vm} ${GOES_ON.has(String(from)) ? 'goes on,' : 'runs'} on ${nodeId}.`];
    case 'SUSPENDED':
      return why === 'asked'
        ? ['attention', `${vm} is suspended, as you asked. It goes on when you resume it.`]
        : why === 'gives-way'
          ? ['attention', `${vm} is suspended to make room.`]
          : [
              'attention',
              `${vm} is suspended: node ${nodeId} is taken out of service and no other has room. It goes on by itself as soon as one has, or the node is back.`,
            ];
    case 'PAUSED':
      return ['attention', `${vm} is paused. It goes on when you unpause it.`];
    case 'HALTED':
      return String(from) === 'NOT_PROVISIONED' ? null : ['neutral', `${vm} is stopped.`];
    default:
      return null;
  }
}

function ended({
  noShow,
  penaltyMicros = 0 as never,
  reason,
  refundMicros = 0 as never,
  state,
}: Fields): Said {
  const { title, why } = endingOf({ endReason: reason!, noShow: noShow ?? false });
  const back = refundMicros > 0 ? ` ${formatMoney(refundMicros)} were paid back.` : '';
  const extra = penaltyMicros > 0 ? ` ${formatMoney(penaltyMicros)} were paid on top as compensation.` : '';
  const isBad = String(state) === 'FAILED' || noShow === true;
  return [isBad ? 'bad' : 'neutral', `${title}. ${why}${back}${extra}`];
}

const GOES_ON: ReadonlySet<string> = new Set(['PAUSED', 'SUSPENDED']);

const STATES: Readonly<Record<string, string>> = {
  RUNNING: 'running',
  HALTED: 'stopped',
  PAUSED: 'paused',
  SUSPENDED: 'suspended',
  DELETED: 'deleted',
  UNRECOGNIZED: 'in a state that OpenPEX does not know',
};

const MOVED: Readonly<Record<string, string>> = {
  'made-room': 'to make room for another reservation',
  rebalanced: 'to spread the load of the nodes',
  'node-lost': 'its node was lost',
  drain: 'its node is taken out of service',
  'node-unavailable-at-start': 'its node was out of service at its start',
  'not-moved': 'it could not be moved, and stays where it was',
};

const REQUEUED: Readonly<Record<string, string>> = {
  preempted: 'another needed the room',
  'not-suspended': 'it could not be suspended in time',
  'node-lost': 'its node was lost',
};

function deed(operation: string): string {
  return operation === 'migrate' ? 'move' : `be ${PARTICIPLES[operation] ?? operation}`;
}

const PARTICIPLES: Readonly<Record<string, string>> = {
  create: 'made',
  start: 'started',
  stop: 'stopped',
  reboot: 'rebooted',
  pause: 'paused',
  unpause: 'unpaused',
  suspend: 'suspended',
  resume: 'resumed',
  destroy: 'removed',
};

function paid(micros: number | undefined): string {
  return micros === undefined || micros === 0 ? '' : ` for ${formatMoney(micros)}`;
}

function difference(micros: number | undefined): string {
  if (micros === undefined || micros === 0) return '';
  return micros > 0 ? `; ${formatMoney(micros)} were charged` : `; ${formatMoney(-micros)} were paid back`;
}
