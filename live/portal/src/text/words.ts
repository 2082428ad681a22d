// States and reasons of the protocol in plain words, with what a user can do next. Unknown codes are shown as they are.
import type { Hindrance, Instance, VmState } from '../../../wire/instance.ts';
import type { Outcome, Reservation, ReservationState } from '../../../wire/reservation.ts';

/** How a thing stands, for its colour; never the only sign of it. */
export type Tone = 'good' | 'attention' | 'bad' | 'neutral' | 'busy';

export interface Word {
  readonly label: string;
  readonly tone: Tone;
}

/** On its way. */
const STATE_WORDS: Record<ReservationState, Word> = {
  INITIATED: { label: 'Opened', tone: 'neutral' },
  WAITLISTED: { label: 'On the waitlist', tone: 'neutral' },
  ACCEPTED: { label: 'Awaits booking', tone: 'attention' },
  COUNTERED: { label: 'Awaits your answer', tone: 'attention' },
  CONFIRMED: { label: 'Booked', tone: 'good' },
  ACTIVATED: { label: 'Activated', tone: 'good' },
  EXPIRED: { label: 'Expired', tone: 'neutral' },
  REJECTED: { label: 'Rejected', tone: 'bad' },
  CANCELLED: { label: 'Cancelled', tone: 'neutral' },
  FAILED: { label: 'Failed', tone: 'bad' },
};

/** Over: as reports call it, whatever the protocol does. */
const OUTCOME_WORDS: Record<Outcome, Word> = {
  fulfilled: { label: 'Fulfilled', tone: 'good' },
  'no-show': { label: 'No-show', tone: 'bad' },
  cancelled: { label: 'Cancelled', tone: 'neutral' },
  failed: { label: 'Failed', tone: 'bad' },
  rejected: { label: 'Rejected', tone: 'bad' },
  declined: { label: 'Declined', tone: 'neutral' },
  expired: { label: 'Offer expired', tone: 'neutral' },
  withdrawn: { label: 'Withdrawn', tone: 'neutral' },
  'capacity-lost': { label: 'Offer lost', tone: 'bad' },
};

export function reservationWord({
  outcome,
  queue,
  startsItself,
  status,
  waitlist,
  windowOpen,
}: Pick<Reservation, 'outcome' | 'queue' | 'startsItself' | 'status' | 'waitlist' | 'windowOpen'>): Word {
  if (outcome !== null) return OUTCOME_WORDS[outcome];
  if (queue !== null) return { label: `Queued, place ${queue.position}`, tone: 'neutral' };
  if (waitlist !== null) return { label: `Waitlist, place ${waitlist.position}`, tone: 'neutral' };
  // Nothing starts of what its user does not activate.
  if (status === 'CONFIRMED' && !startsItself) return { label: 'Booked, to activate', tone: 'attention' };
  if (status === 'ACTIVATED' && windowOpen) return { label: 'Running', tone: 'busy' };
  return STATE_WORDS[status];
}

const VM_WORDS: Record<VmState, Word> = {
  NOT_PROVISIONED: { label: 'Being prepared', tone: 'neutral' },
  HALTED: { label: 'Stopped', tone: 'neutral' },
  RUNNING: { label: 'Running', tone: 'good' },
  PAUSED: { label: 'Paused', tone: 'attention' },
  SUSPENDED: { label: 'Suspended', tone: 'attention' },
  UNDER_MIGRATION: { label: 'Moving to another node', tone: 'busy' },
  DELETED: { label: 'Deleted', tone: 'neutral' },
  UNRECOGNIZED: { label: 'Unknown', tone: 'bad' },
};

const WANTED: Readonly<Record<string, VmState>> = {
  running: 'RUNNING',
  halted: 'HALTED',
  paused: 'PAUSED',
  suspended: 'SUSPENDED',
  deleted: 'DELETED',
};

const ON_THE_WAY: Readonly<Record<string, string>> = {
  running: 'Starting …',
  halted: 'Stopping …',
  paused: 'Pausing …',
  suspended: 'Suspending …',
  deleted: 'Being deleted …',
};

/** While it is not yet what it is meant to be, what happens to it. */
export function instanceWord(status: VmState, wanted: string): Word {
  const way = ON_THE_WAY[wanted];
  if (way === undefined || status === WANTED[wanted] || status === 'UNDER_MIGRATION') return VM_WORDS[status];
  return { label: way, tone: 'busy' };
}

export interface Ending {
  readonly title: string;
  readonly why: string;
  readonly next: string;
}

const ASK_AGAIN = 'Ask again: the form comes filled in with your terms.';

const ENDINGS: Readonly<Record<string, Ending>> = {
  'never-fits': {
    title: 'This is more than the cluster has',
    why: 'All nodes together could never host so many instances of this type at once.',
    next: 'Ask for fewer instances or a smaller type.',
  },
  'no-capacity': {
    title: 'There is no room for this',
    why: 'The asked window is taken and OpenPEX found no other start to offer.',
    next: 'Ask for fewer instances, a shorter time or another day; the availability strip shows where there is room.',
  },
  'node-outage': {
    title: 'There is no room while nodes are out',
    why: 'There would be room if no node were lost, drained or in maintenance in that time.',
    next: 'Ask for fewer instances or another time; the availability strip shows where there is room.',
  },
  'no-node': {
    title: 'No node is in service then',
    why: 'Every node of the cluster is down, taken out of service or in maintenance in that time.',
    next: 'Try again later, or ask the operator when the nodes will be back.',
  },
  'start-in-past': {
    title: 'The start had already passed',
    why: 'A reservation cannot begin before now.',
    next: 'Ask again with a later start, or for a start as soon as possible.',
  },
  'too-short': {
    title: 'Too short a time',
    why: 'The VMs would hardly be up before they had to be shut down again.',
    next: 'Ask for a longer time.',
  },
  'too-long': {
    title: 'Too long a time',
    why: 'Reservations are not made for so long here.',
    next: 'Ask for a shorter time, or for several reservations.',
  },
  'too-soon': {
    title: 'Too soon',
    why: 'By the rules of this provider a window is asked for longer ahead.',
    next: 'Ask for a later start.',
  },
  'too-far-ahead': {
    title: 'Not yet',
    why: 'By the rules of this provider windows are not given so long ahead.',
    next: 'Ask again nearer to the start, or for an earlier one.',
  },
  'beyond-booking-horizon': {
    title: 'Too far ahead',
    why: 'The window ends later than bookings are taken.',
    next: 'Ask for an earlier or shorter window.',
  },
  'claim-risk': {
    title: 'Too many optional instances',
    why: 'The cluster would promise more optional instances than it could probably serve.',
    next: 'Ask for fewer optional instances; guaranteed ones may still fit.',
  },
  'unknown-kind': {
    title: 'This kind of lease is not offered',
    why: 'The provider has no leases of the kind that was asked for.',
    next: 'Ask for a window ahead of time, or for an immediate one.',
  },
  'not-immediate': {
    title: 'An immediate lease starts now',
    why: 'The asked start lies ahead.',
    next: 'Ask for a start now, or for a window ahead of time.',
  },
  'misses-deadline': {
    title: 'It cannot be done by the deadline',
    why: 'However early it starts, it would end after the deadline, or start after the latest start.',
    next: 'Ask with a later deadline, an earlier start, or for a shorter time.',
  },
  'price-too-high': {
    title: 'It costs more than your limit',
    why: 'There is room for this, but its price is above the most that you said you pay.',
    next: 'Ask again with a higher limit or without one, or for fewer instances or a shorter time.',
  },
  'sold-at-auction': {
    title: 'It is sold at auctions',
    why: 'Who names a highest price and waits, bids at the next auction; there is none in the time that you wait, or no place among the bidders.',
    next: 'Wait for longer, or ask without waiting: then the price is that of the list.',
  },
  'waited-in-vain': {
    title: 'No room came free in time',
    why: 'It was on the waitlist until it could not start any more, or until you wanted to wait no longer.',
    next: 'Ask for another time, or leave more of it open; the availability strip shows where there is room.',
  },
  'too-many-rounds': {
    title: 'The negotiation ran out of rounds',
    why: 'A negotiation has a bounded number of proposals, and yours were used up.',
    next: 'Start a new one. Taking an offer and changing your plans is often quicker than one more counter.',
  },
  declined: {
    title: 'You declined the offer',
    why: 'The capacity that was held for you is free again.',
    next: ASK_AGAIN,
  },
  'hold-expired': {
    title: 'The offer expired',
    why: 'Nobody confirmed in time, so the capacity that was held for you is free again. Nothing was charged.',
    next: `${ASK_AGAIN} If the same room is still there, you get it.`,
  },
  'window-over': {
    title: 'The reserved time is over',
    why: 'Your instances were shut down at its end.',
    next: 'To go on, make a new reservation with the same terms.',
  },
  completed: {
    title: 'All your instances have shut down',
    why: 'They stopped by themselves before the end, and what was left of the window was given back.',
    next: 'To run them again, make a new reservation.',
  },
  'cancelled-by-user': {
    title: 'You deleted this reservation',
    why: 'Its capacity is free again.',
    next: ASK_AGAIN,
  },
  'node-lost': {
    title: 'A node was lost',
    why: 'The node that hosted your instances failed and there was no room elsewhere.',
    next: ASK_AGAIN,
  },
  'node-drained': {
    title: 'A node was taken out of service',
    why: 'Your instances had to leave their node and there was no room elsewhere.',
    next: ASK_AGAIN,
  },
  'room-not-made': {
    title: 'Room could not be made',
    why: 'You were granted the room of running instances that were to move to another node, and one of them could not be moved.',
    next: ASK_AGAIN,
  },
  'instance-failed': {
    title: 'An instance could not be kept running',
    why: 'It was tried several times without success.',
    next: `Check that the template works, then ask again.`,
  },
  'too-many-restarts': {
    title: 'It was begun again too often',
    why: 'Each time it lost what it had done: with a node, or because it could not be suspended in time.',
    next: 'Ask for a shorter time, then ask again for the rest.',
  },
  bumped: {
    title: 'Everybody came',
    why: 'It was sold on the chance that somebody else does not come for theirs, and nobody stayed away.',
    next: ASK_AGAIN,
  },
  'partner-failed': {
    title: 'Another provider could not keep its promise',
    why: 'It was to deliver this reservation, for which there was no room here.',
    next: ASK_AGAIN,
  },
};

const NO_SHOW: Ending = {
  title: 'The reservation was never activated',
  why: 'It held its capacity until its end, but nobody activated it, so no instance was started.',
  next: 'Make a new reservation, and activate it before its end.',
};

const GIVEN_BACK: Ending = {
  title: 'The reservation was not activated in time',
  why: 'Nobody activated it soon enough after its start, so what was left of its time was given to others.',
  next: 'Make a new reservation, and activate it before its start.',
};

export function endingOf({ endReason, noShow }: Pick<Reservation, 'endReason' | 'noShow'>): Ending {
  if (noShow) return endReason === 'no-show' ? GIVEN_BACK : NO_SHOW;
  const known = endReason === null ? undefined : ENDINGS[endReason];
  return known ?? { title: 'This reservation has ended', why: endReason ?? '', next: ASK_AGAIN };
}

/** Why a reservation is not changed, where that is no reason to refuse a request. */
const UNCHANGED: Readonly<Record<string, string>> = {
  'no-capacity': 'There is no room for this.',
  'nothing-to-change': 'It is like that already.',
  'unchangeable-kind': 'Reservations of this kind are not changed.',
  'delivered-elsewhere': 'Another provider delivers it, and its terms stay as they were agreed.',
  'window-open': 'It has begun, so that its start stays.',
  'end-in-past': 'It would be over by now.',
  ending: 'Its guests are being shut down.',
  committed: 'By the rules of this provider it is binding: it can be made more, not less.',
  'options-claimed': 'Optional instances are claimed until its end.',
};

/** "There is no room for this." */
export function unchangedText(reason: string | undefined): string {
  return (reason === undefined ? undefined : UNCHANGED[reason]) ?? rejectionText(reason);
}

/** Why a quote or a request is refused: "There is no room for this: …". */
export function rejectionText(reason: string | undefined): string {
  const ending = reason === undefined ? undefined : ENDINGS[reason];
  return ending === undefined
    ? `Refused${reason === undefined ? '' : `: ${reason}`}.`
    : `${ending.title}. ${ending.next}`;
}

const HINDRANCES: Readonly<Record<Hindrance, string>> = {
  'no-guest-tools': 'the guest has no guest tools',
  'device-attached': 'a device of its node is attached to it',
  'no-suspend-storage': 'there is no storage for suspended instances',
  'cpu-mismatch': 'the CPUs of the other node differ',
  'storage-not-there': 'its storage is not attached to the node',
  'network-not-there': 'its network is not on the node',
  'operation-blocked': 'an administrator of the pool has blocked it',
  'not-supported': 'the hypervisor does not support it',
  'is-template': 'somebody made a template of it',
  paused: 'it is paused',
  'identity-unclear':
    'several virtual machines of the pool could be this one; an operator has to tell them apart',
  'disk-in-use': 'its disk is in use',
  'other-operation': 'something else is being done to it',
  'node-not-ready': 'the node is not ready yet',
  'memory-short': 'the node is short of memory at present',
  'image-out-of-reach': 'its suspended memory cannot be read at present',
  'cancelled-outside': 'somebody cancelled it',
  failed: 'it failed each time',
  unknown: 'the hypervisor refuses',
};

const DEEDS: Readonly<Record<string, string>> = {
  create: 'be made',
  start: 'be started',
  stop: 'be stopped',
  reboot: 'be rebooted',
  pause: 'be paused',
  unpause: 'go on',
  suspend: 'be suspended',
  resume: 'be resumed',
  migrate: 'move to another node',
  destroy: 'be removed',
};

export function hindranceText(reason: Hindrance): string {
  return HINDRANCES[reason] ?? reason;
}

/** What could not be done with an instance, or waits: "Could not be suspended: the guest has no guest tools." */
export function troubleText({
  kind,
  operation,
  reason,
}: Pick<NonNullable<Instance['trouble']>, 'kind' | 'operation' | 'reason'>): string {
  const deed = DEEDS[operation] ?? operation;
  return `${kind === 'waits' ? 'Waits to' : 'Could not'} ${deed}: ${hindranceText(reason)}.`;
}

const REFUSALS: Readonly<Record<string, string>> = {
  'illegal-in-state':
    'This is not possible any more: the state has changed in the meantime. What you see now is current.',
  'part-of-offer': 'It is held as a part of another offer, and answered with that.',
  'no-change-on-offer': 'No change is on offer any more: it was not confirmed in time.',
  committed: 'By the rules of this provider it is binding now: it cannot be cancelled.',
  'unknown-reservation': 'The service does not know this reservation any more.',
  'hold-expired': 'Too late: the offer had expired before your answer came. Nothing was booked or charged.',
  ended: 'This has already ended.',
  'capacity-lost': 'The capacity behind the offer was lost with a node. Please ask again.',
  'overbooking-risk':
    'Fewer of those who reserved this window may stay away than when it was offered to you. Please ask again, for this or for another.',
  'unknown-instance': 'This instance does not exist any more.',
  parked: 'Its node is out of service. It goes on by itself as soon as a node has room.',
  'no-node': 'Its node is out of service and there is no other for it yet.',
};

/** A message that could not be carried out, in words. */
export function refusalText(reason: string | null, detail: string): string {
  return (reason === null ? undefined : REFUSALS[reason]) ?? detail;
}
