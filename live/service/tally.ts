// What each user has, decided but perhaps not yet committed: reservations, CPUs, offers that hold, and balance. Quotas and balances are
// checked against it in the same breath as a command is decided, so no two requests can slip past a limit together.
import {
  addedStretches,
  type DomainEvent,
  endOf,
  isFinal,
  NO_RESOURCES,
  type Proposal,
  type ProviderSnapshot,
  type ReservationSnapshot,
  type Resources,
} from '../../engine/index.ts';
import type { Quota } from '../records.ts';
import { mostAfter, mostWith, RollingRoom, type Use } from './rolling-use.ts';
import { EVER, type Span, SpanIndex } from './span-index.ts';

/** What is asked for: instances for a time. */
export type Asked = Span & { readonly demand: Resources; readonly instances: number };

/** So many CPUs for a time; of a reservation, or claimed in it. */
interface Stretch extends Span {
  readonly reservations: 0 | 1;
  readonly vcpus: number;
  /** Of each instance. */
  readonly demand: Resources;
  readonly instances: number;
}

/** What a user has at one instant, at the busiest of some. */
export type Usage = Omit<Quota, 'rolling'>;

/** What is used in any period: how much of it an instance has, and how long the period is. */
export interface Period {
  readonly lengthMs: number;
  amountOf(demand: Resources): number;
}

/** A confirmed reservation that has ended. */
export interface PastReservation {
  readonly userId: number;
  readonly terms: Pick<ReservationSnapshot, 'claims' | 'openedMs' | 'optionsClaimed' | 'proposal'>;
  readonly endedMs: number;
}

interface Share {
  userId: number;
  proposal: Proposal | null;
  claims: readonly Stretch[];
  /** Terms that are on offer instead, with what they need beyond the present ones held. */
  change: Proposal | null;
  /** Held by an offer, not confirmed yet. */
  isHeld: boolean;
  isConfirmed: boolean;
  /** Confirmed, and waits for its turn: it may run at any time. */
  isQueued: boolean;
  /** What follows from the above. */
  stretches: readonly Stretch[];
}

/** What one user has. */
interface Holding {
  readonly shares: SpanIndex<Share>;
  /** Of all stretches of the shares; what fewer CPUs are needed for is not taken from it. */
  readonly sum: { reservations: number; vcpus: number };
  /** Those of which an offer holds something. */
  readonly held: Set<Share>;
  /** The most at one instant of each neighbourhood of the shares, by its beginning, and of which version of it. */
  readonly peaks: Map<number, { readonly version: string; readonly most: Peak }>;
}

/** The most at one instant, of each by itself. */
type Peak = Omit<Usage, 'heldCpuHours'>;

const HOUR_MS = 3_600_000;
/** Each that is long is in every time that is looked at. */
const LONG_MAX = 30;
const NO_CLAIMS: readonly Stretch[] = [];
const NEVER: Span = { fromMs: 0, untilMs: 0 };

export class Tally {
  readonly #shares = new Map<string, Share>();
  readonly #holdings = new Map<number, Holding>();
  readonly #balances: Map<number, number>;
  readonly #retired = new Set<number>();
  /** Offers in a row that held and were not confirmed. */
  readonly #unconfirmed = new Map<number, number>();
  /** Of reservations that have ended, by user. */
  readonly #past = new Map<number, Stretch[]>();
  readonly #rememberedMs: number;

  /** @param history what has ended, and for how long that is remembered after it was used; absent: not at all */
  constructor(
    snapshot: ProviderSnapshot | undefined,
    balances: ReadonlyMap<number, number>,
    history: { readonly rememberedMs: number; readonly past: readonly PastReservation[] } = {
      rememberedMs: 0,
      past: [],
    },
  ) {
    this.#balances = new Map(balances);
    this.#rememberedMs = history.rememberedMs;
    for (const { endedMs, terms, userId } of history.past)
      this.#remember(userId, [...asBooked(terms.proposal), ...claimsOf(terms)], endedMs);
    for (const stored of snapshot?.reservations ?? []) {
      if (isFinal(stored.state)) continue;
      const share = this.#put(stored.reservationId, Number(stored.userId));
      share.proposal = stored.proposal;
      share.claims = claimsOf(stored);
      share.change = stored.change?.terms ?? null;
      share.isHeld = stored.state === 'ACCEPTED' || stored.state === 'COUNTERED';
      share.isConfirmed = stored.state === 'CONFIRMED' || stored.state === 'ACTIVATED';
      share.isQueued = share.isConfirmed && stored.instances.length === 0;
      this.#changed(share);
    }
  }

  /**
   * At the busiest instant of all; offers included. Costs what changed since it was asked last, and a look at each time in which there is something; with
   * more than a few that take very long, a look at all.
   */
  usageOf(userId: number): Usage {
    const holding = this.#holdings.get(userId);
    if (holding === undefined) return { reservations: 0, vcpus: 0, heldCpuHours: 0 };
    const { held, peaks, shares } = holding;
    if (shares.longCount > LONG_MAX) {
      peaks.clear();
      return { ...busiestOf(shares.all(), EVER), heldCpuHours: heldBy(held) };
    }
    const most = { reservations: 0, vcpus: 0 };
    const before = new Map(peaks);
    peaks.clear();
    for (const { span, things, version } of shares.neighbourhoods()) {
      let peak = before.get(span.fromMs);
      if (peak?.version !== version) peak = { version, most: busiestOf(things(), span) };
      peaks.set(span.fromMs, peak);
      most.reservations = Math.max(most.reservations, peak.most.reservations);
      most.vcpus = Math.max(most.vcpus, peak.most.vcpus);
    }
    return { ...most, heldCpuHours: heldBy(held) };
  }

  /**
   * The most reservations and CPUs that the user has at one instant of a span, and the CPU-hours that offers hold at present. Costs what there
   * is about that time, not all that the user has.
   * @param besides a reservation that is not counted
   */
  busiest(userId: number, span: Span, besides?: string): Usage {
    const holding = this.#holdings.get(userId);
    if (holding === undefined) return { reservations: 0, vcpus: 0, heldCpuHours: 0 };
    const left = besides === undefined ? undefined : this.#shares.get(besides);
    const { reservations, vcpus } = busiestOf(holding.shares.near(span), span, left);
    return { reservations, vcpus, heldCpuHours: heldBy(holding.held, left) };
  }

  /** At least what {@link busiest} says of any span, at once: all that the user has, as if it were at one instant. */
  atMost(userId: number): Usage {
    const holding = this.#holdings.get(userId);
    if (holding === undefined) return { reservations: 0, vcpus: 0, heldCpuHours: 0 };
    const { reservations, vcpus } = holding.sum;
    return { reservations, vcpus, heldCpuHours: heldBy(holding.held) };
  }

  /**
   * What the user has over a finite span, step by step; the first step begins with it.
   * @param besides a reservation that is not counted
   */
  levels(userId: number, span: Span, besides?: string): readonly (Peak & { readonly fromMs: number })[] {
    const steps = [{ fromMs: span.fromMs, reservations: 0, vcpus: 0 }];
    const left = besides === undefined ? undefined : this.#shares.get(besides);
    const near = this.#holdings.get(userId)?.shares.near(span) ?? [];
    eachLevel(near, span, left, ({ reservations, vcpus }, atMs) => {
      if (atMs >= span.untilMs) return;
      const step = { fromMs: atMs, reservations, vcpus };
      if (steps.at(-1)!.fromMs === atMs) steps[steps.length - 1] = step;
      else steps.push(step);
    });
    return steps;
  }

  /** The most that the user has of something in any period that is not over, offers included: times milliseconds. */
  mostAfter(userId: number, nowMs: number, period: Period): number {
    return mostAfter(nowMs, this.#usesOf(userId, period), period.lengthMs);
  }

  /**
   * The same in any period that has something in it of what is asked for, with that.
   * @param besides a reservation that is not counted
   */
  mostWith(userId: number, asked: Asked, period: Period, besides?: string): number {
    const { demand, fromMs, instances, untilMs } = asked;
    const added = { fromMs, untilMs, amount: period.amountOf(demand) * instances };
    return mostWith([added], this.#usesOf(userId, period, besides), period.lengthMs);
  }

  /**
   * What a limit of any period leaves beside what the user has, offers included.
   * @param limit of amounts times milliseconds
   * @param besides a reservation that is not counted
   */
  roomIn(userId: number, period: Period, limit: number, besides?: string): RollingRoom {
    return new RollingRoom(this.#usesOf(userId, period, besides), period.lengthMs, limit);
  }

  #usesOf(userId: number, { amountOf }: Period, besides?: string): Use[] {
    const present = this.#presentOf(userId, besides).flatMap((share) =>
      share.stretches.map((stretch) =>
        // When its turn comes is not known: it is counted as asked for.
        stretch.untilMs === Number.POSITIVE_INFINITY && share.proposal !== null
          ? { ...stretch, untilMs: endOf(share.proposal) }
          : stretch,
      ),
    );
    return [...(this.#past.get(userId) ?? []), ...present].map(({ demand, fromMs, instances, untilMs }) => ({
      fromMs,
      untilMs,
      amount: amountOf(demand) * instances,
    }));
  }

  #presentOf(userId: number, besides?: string): Share[] {
    const left = besides === undefined ? undefined : this.#shares.get(besides);
    return [...(this.#holdings.get(userId)?.shares.all() ?? [])].filter((share) => share !== left);
  }

  #remember(userId: number, stretches: readonly Stretch[], endedMs: number): void {
    const used = stretches
      .map((stretch) => ({ ...stretch, untilMs: Math.min(stretch.untilMs, endedMs) }))
      .filter(({ fromMs, untilMs }) => untilMs > fromMs);
    const before = this.#past.get(userId) ?? [];
    const past = [...before, ...used].filter(({ untilMs }) => untilMs > endedMs - this.#rememberedMs);
    if (past.length > 0) this.#past.set(userId, past);
    else this.#past.delete(userId);
  }

  /** Reservations that have not ended. */
  countOf(userId: number): number {
    return this.#holdings.get(userId)?.shares.size ?? 0;
  }

  /** How many offers in a row held capacity for the user and were not confirmed, since this life began. */
  unconfirmedOf(userId: number): number {
    return this.#unconfirmed.get(userId) ?? 0;
  }

  /** Micro-credits. `committed` is what the database says, for an account that was made after this life began. */
  balanceOf(userId: number, committed: number): number {
    const balance = this.#balances.get(userId) ?? committed;
    this.#balances.set(userId, balance);
    return balance;
  }

  deposited(userId: number, amountMicros: number): void {
    const balance = this.#balances.get(userId);
    if (balance !== undefined) this.#balances.set(userId, balance + amountMicros);
  }

  /** Nothing more may be decided for the user. */
  retire(userId: number): void {
    this.#retired.add(userId);
  }

  unretire(userId: number): void {
    this.#retired.delete(userId);
  }

  isRetired(userId: number): boolean {
    return this.#retired.has(userId);
  }

  hear(event: DomainEvent): void {
    if (event.type === 'reservation-initiated') {
      this.#changed(this.#put(event.reservationId, Number(event.userId)));
      return;
    }
    const share = 'reservationId' in event ? this.#shares.get(event.reservationId) : undefined;
    if (share === undefined) return;
    if ('pledgeBackMicros' in event) this.#pay(share, event.pledgeBackMicros ?? 0);
    if ('pledgeMicros' in event) this.#pay(share, -(event.pledgeMicros ?? 0));
    switch (event.type) {
      case 'proposal-received':
        share.proposal = event.proposal;
        share.isHeld = false;
        break;
      case 'offer-accepted':
        share.isHeld = true;
        break;
      case 'offer-countered':
        share.proposal = event.proposal;
        share.isHeld = true;
        break;
      case 'reservation-confirmed':
        share.proposal = event.proposal;
        share.isHeld = false;
        share.isConfirmed = true;
        share.isQueued = event.pieces.length === 0;
        this.#unconfirmed.delete(share.userId);
        this.#pay(share, (event.pledgedMicros ?? 0) - event.priceMicros);
        break;
      case 'terms-changed':
        share.proposal = event.proposal;
        share.isQueued = false;
        break;
      case 'lease-suspended':
      case 'lease-requeued':
        share.isQueued = true;
        break;
      case 'change-offered':
        share.change = event.proposal;
        break;
      case 'change-given-up':
        if (share.change !== null && event.reason === 'hold-expired')
          this.#unconfirmed.set(share.userId, this.unconfirmedOf(share.userId) + 1);
        share.change = null;
        break;
      case 'reservation-changed':
        share.proposal = event.proposal;
        share.change = null;
        this.#unconfirmed.delete(share.userId);
        this.#pay(share, -event.differenceMicros);
        break;
      case 'reservation-transferred':
        this.#pay(share, event.priceMicros);
        this.#remove(share);
        share.userId = Number(event.userId);
        this.#pay(share, -event.priceMicros);
        break;
      case 'options-claimed':
        share.claims = [...share.claims, claim(share.proposal, event.granted, event.atMs)];
        this.#pay(share, -(event.priceMicros ?? 0));
        break;
      case 'reservation-ended':
        this.#pay(share, event.refundMicros + event.penaltyMicros);
        // Who says no gives the capacity back, and what the provider took back is not held against the user.
        if (share.isHeld && event.reason === 'hold-expired')
          this.#unconfirmed.set(share.userId, this.unconfirmedOf(share.userId) + 1);
        if (share.isConfirmed && this.#rememberedMs > 0)
          this.#remember(share.userId, [...asBooked(share.proposal), ...share.claims], event.atMs);
        this.#shares.delete(event.reservationId);
        this.#remove(share);
        return;
      default:
        return;
    }
    this.#changed(share);
  }

  #put(reservationId: string, userId: number): Share {
    const share: Share = {
      userId,
      proposal: null,
      claims: NO_CLAIMS,
      change: null,
      isHeld: false,
      isConfirmed: false,
      isQueued: false,
      stretches: [],
    };
    this.#shares.set(reservationId, share);
    return share;
  }

  /** After every change of it, the first included. */
  #changed(share: Share): void {
    let holding = this.#holdings.get(share.userId);
    if (holding === undefined) {
      const sum = { reservations: 0, vcpus: 0 };
      holding = { shares: new SpanIndex(), sum, held: new Set(), peaks: new Map() };
      this.#holdings.set(share.userId, holding);
    }
    // Of one that is put anew, as of one that goes over to another user, nothing is in the sum.
    if (holding.shares.has(share)) addTo(holding.sum, share.stretches, -1);
    share.stretches = stretchesOf(share);
    addTo(holding.sum, share.stretches, 1);
    holding.shares.put(share, wholeOf(share.stretches));
    if (share.isHeld || share.change !== null) holding.held.add(share);
    else holding.held.delete(share);
  }

  #remove(share: Share): void {
    const holding = this.#holdings.get(share.userId);
    if (!holding?.shares.has(share)) return;
    addTo(holding.sum, share.stretches, -1);
    holding.shares.delete(share);
    holding.held.delete(share);
  }

  #pay({ userId }: Share, amountMicros: number): void {
    const balance = this.#balances.get(userId);
    // An account whose balance is not known here is read from the database when it matters.
    if (balance !== undefined) this.#balances.set(userId, balance + amountMicros);
  }
}

function addTo(sum: Holding['sum'], stretches: readonly Stretch[], times: 1 | -1): void {
  for (const { reservations, vcpus } of stretches) {
    sum.reservations += times * reservations;
    sum.vcpus += times * Math.max(0, vcpus);
  }
}

/** The most that these have at one instant of a span. @param left is not counted */
function busiestOf(shares: Iterable<Share>, span: Span, left?: Share): Peak {
  const most = { reservations: 0, vcpus: 0 };
  eachLevel(shares, span, left, ({ reservations, vcpus }) => {
    most.reservations = Math.max(most.reservations, reservations);
    most.vcpus = Math.max(most.vcpus, vcpus);
  });
  return most;
}

/** What these have, whenever it changes within a span. Of several changes at one instant the last tells how it is from then on. */
function eachLevel(
  shares: Iterable<Share>,
  { fromMs, untilMs }: Span,
  left: Share | undefined,
  told: (level: Peak, atMs: number) => void,
): void {
  const changes: { atMs: number; reservations: number; vcpus: number }[] = [];
  for (const share of shares) {
    if (share === left) continue;
    for (const stretch of share.stretches) {
      const beginMs = Math.max(fromMs, stretch.fromMs);
      const endMs = Math.min(untilMs, stretch.untilMs);
      if (beginMs >= endMs) continue;
      const { reservations, vcpus } = stretch;
      changes.push({ atMs: beginMs, reservations, vcpus });
      changes.push({ atMs: endMs, reservations: -reservations, vcpus: -vcpus });
    }
  }
  // What ends at an instant makes room for what begins at it.
  changes.sort((a, b) => a.atMs - b.atMs || a.vcpus - b.vcpus || a.reservations - b.reservations);
  const now = { reservations: 0, vcpus: 0 };
  for (const { atMs, reservations, vcpus } of changes) {
    now.reservations += reservations;
    now.vcpus += vcpus;
    told(now, atMs);
  }
}

function heldBy(shares: ReadonlySet<Share>, left?: Share): number {
  let cpuHours = 0;
  for (const share of shares) if (share !== left) cpuHours += heldCpuHoursOf(share);
  return cpuHours;
}

/** Guaranteed virtual CPUs, rounded up. */
export function vcpusOf(proposal: Proposal): number {
  return cpusOf(proposal, proposal.numInstancesFixed);
}

/** Of so many instances, rounded up. */
export function cpusOf({ demand }: Proposal, instances: number): number {
  return Math.ceil((demand.milliCpus * instances) / 1000);
}

/** Guaranteed. */
export function cpuHoursOf(proposal: Proposal | null): number {
  if (proposal === null) return 0;
  return (proposal.demand.milliCpus * proposal.numInstancesFixed * proposal.durationMs) / 1000 / HOUR_MS;
}

/** From the first begin to the last end. */
function wholeOf(stretches: readonly Stretch[]): Span {
  const [first] = stretches;
  if (first === undefined) return NEVER;
  let { fromMs, untilMs } = first;
  for (const stretch of stretches) {
    fromMs = Math.min(fromMs, stretch.fromMs);
    untilMs = Math.max(untilMs, stretch.untilMs);
  }
  return { fromMs, untilMs };
}

function stretchesOf({ change, claims, isQueued, proposal }: Share): readonly Stretch[] {
  if (proposal === null) return [];
  const booked = asBooked(proposal);
  return [
    ...(isQueued ? booked.map((stretch) => ({ ...stretch, untilMs: Number.POSITIVE_INFINITY })) : booked),
    ...claims,
    ...(change === null ? [] : stretchesBeside(proposal, change)),
  ];
}

/** The guaranteed instances of a window. */
function asBooked(proposal: Proposal | null): Stretch[] {
  if (proposal === null) return [];
  const { demand, numInstancesFixed: instances, startMs } = proposal;
  const span = { fromMs: startMs, untilMs: endOf(proposal) };
  return [{ reservations: 1, vcpus: vcpusOf(proposal), demand, instances, ...span }];
}

/** What a change has beyond the terms as they are. */
function stretchesBeside(proposal: Proposal, change: Proposal): Stretch[] {
  return addedStretches(proposal, change).map(({ endMs, instances, isWithin, startMs }) => ({
    reservations: isWithin ? 0 : 1,
    // Rounded once, with what is there.
    vcpus: isWithin ? vcpusOf(change) - vcpusOf(proposal) : cpusOf(change, instances),
    demand: change.demand,
    instances,
    fromMs: startMs,
    untilMs: endMs,
  }));
}

/** By an offer of a reservation, or of a change of one. */
function heldCpuHoursOf({ change, isHeld, proposal }: Share): number {
  if (isHeld) return cpuHoursOf(proposal);
  return proposal === null || change === null ? 0 : addedCpuHours(proposal, change);
}

/** Guaranteed, beyond the terms as they are. */
export function addedCpuHours(proposal: Proposal, change: Proposal): number {
  return addedStretches(proposal, change).reduce(
    (sum, { endMs, instances: numInstancesFixed, startMs }) =>
      sum + cpuHoursOf({ ...change, numInstancesFixed, durationMs: endMs - startMs }),
    0,
  );
}

function claim(proposal: Proposal | null, count: number, fromMs: number): Stretch {
  const vcpus = proposal === null ? 0 : cpusOf(proposal, count);
  const demand = proposal?.demand ?? NO_RESOURCES;
  const untilMs = proposal === null ? fromMs : endOf(proposal);
  return { reservations: 0, vcpus, demand, instances: count, fromMs, untilMs };
}

/** Of claims that were not charged it is not known when they were made: at the earliest when the window opened. */
function claimsOf({
  claims = [],
  openedMs,
  optionsClaimed,
  proposal,
}: PastReservation['terms']): readonly Stretch[] {
  if (optionsClaimed === 0) return NO_CLAIMS;
  const charged = claims.reduce((sum, { count }) => sum + count, 0);
  return [
    ...claims.map(({ count, fromMs }) => claim(proposal, count, fromMs)),
    ...(optionsClaimed > charged ? [claim(proposal, optionsClaimed - charged, openedMs)] : []),
  ];
}
