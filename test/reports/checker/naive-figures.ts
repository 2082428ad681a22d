// Every figure of summary.json once more, from the list of all events and the CSV tables, by going through everything again for each
// question: an oracle that shares nothing with reports/ but the names of the keys. Where a figure can be had in several ways, all of
// them are here.
import {
  type DomainEvent,
  EventDigest,
  type EventOf,
  type PowerModel,
  type Proposal,
  type Resources,
} from '../../../engine/index.ts';
import { marketWays } from './naive-market.ts';
import { eventsOf, type Row, type ToldRun } from './told-run.ts';

const HOUR_MS = 3_600_000;

/** Something lasted for [fromMs, toMs), and counts as often as `weight` says. */
interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  readonly weight: number;
}

type HeldEvent = Extract<DomainEvent, { reservationId: string }>;

/** A session, as questions to its own events. */
interface Session {
  readonly id: string;
  readonly own: readonly HeldEvent[];
  readonly submittedMs: number;
  readonly measured: boolean;
  readonly asked: Proposal;
  readonly confirmed: EventOf<'reservation-confirmed'> | undefined;
  readonly ended: EventOf<'reservation-ended'> | undefined;
  readonly outcome: string;
  readonly counters: number;
  /** As agreed, after all changes for the better. */
  readonly agreed: Proposal | undefined;
}

type Condition = 'up' | 'down' | 'suspended' | 'starting';
interface Spell extends Span {
  readonly condition: Condition;
  readonly because: string;
  readonly milliCpus: number;
  readonly loadPermille: number;
  /** Absent: of no VM yet. */
  readonly change?: EventOf<'vm-state-changed'>;
}

const FINAL_FATES = { EXPIRED: 'fulfilled', CANCELLED: 'cancelled', FAILED: 'failed', REJECTED: 'failed' };

function typesOf<T extends HeldEvent['type']>({ own }: Session, type: T): EventOf<T>[] {
  return eventsOf(own, type);
}

function grouped<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const keys = new Set(values.map(keyOf));
  return new Map(Array.from(keys, (key) => [key, values.filter((value) => keyOf(value) === key)]));
}

function sessionsOf({ events, run }: ToldRun): Session[] {
  const held = events.filter((event): event is HeldEvent => 'reservationId' in event);
  return [...grouped(held, ({ reservationId }) => reservationId)].flatMap(([id, own]) => {
    const proposals = eventsOf(own, 'proposal-received');
    const [first] = proposals;
    if (first === undefined) return [];
    const [agreedFirst] = eventsOf(own, 'reservation-confirmed');
    const changed = eventsOf(own, 'reservation-changed').at(-1);
    // What was agreed on last counts as what was agreed on.
    const confirmed = agreedFirst && {
      ...agreedFirst,
      proposal: changed?.proposal ?? agreedFirst.proposal,
      priceMicros: changed?.priceMicros ?? agreedFirst.priceMicros,
    };
    const [ended] = eventsOf(own, 'reservation-ended');
    const counters = eventsOf(own, 'offer-countered').length;
    return [
      {
        id,
        own,
        submittedMs: first.atMs,
        measured: first.atMs >= run.warmUpEndMs,
        asked: first.proposal,
        confirmed,
        ended,
        counters,
        outcome: outcomeOf(confirmed !== undefined, counters, ended),
        agreed: newTermsIn(own).at(-1)?.proposal ?? confirmed?.proposal,
      },
    ];
  });
}

/** Of a lease that is resumed the terms say when it goes on, not when it begins. */
function newTermsIn(own: readonly HeldEvent[]): EventOf<'terms-changed'>[] {
  const turns = ['lease-suspended', 'lease-resumed', 'lease-requeued'];
  return eventsOf(own, 'terms-changed').filter(
    ({ seq }) =>
      own.findLast((event) => event.seq < seq && turns.includes(event.type))?.type !== 'lease-suspended',
  );
}

function outcomeOf(
  confirmed: boolean,
  counters: number,
  ended: EventOf<'reservation-ended'> | undefined,
): string {
  if (confirmed) return counters > 0 ? 'accepted-after-counter' : 'accepted-first-offer';
  if (ended === undefined) return 'open';
  if (ended.reason === 'declined') return 'declined';
  if (['hold-expired', 'window-over'].includes(ended.reason)) return 'expired';
  if (['cancelled-by-user', 'completed'].includes(ended.reason)) return 'withdrawn';
  if (['node-lost', 'node-drained', 'instance-failed', 'too-many-restarts'].includes(ended.reason))
    return 'capacity-lost';
  return 'rejected';
}

const endOf = ({ durationMs, startMs }: Proposal) => startMs + durationMs;
const cpusOf = ({ demand, numInstancesFixed }: Proposal) => (demand.milliCpus * numInstancesFixed) / 1000;
const cpuHours = (terms: Proposal) => (cpusOf(terms) * terms.durationMs) / HOUR_MS;
const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0);
const lengthOf = ({ fromMs, toMs }: Pick<Span, 'fromMs' | 'toMs'>) => Math.max(0, toMs - fromMs);
const integral = (spans: readonly Span[]) => sum(spans.map((span) => span.weight * lengthOf(span)));
const share = (part: number, whole: number) => (whole === 0 ? null : part / whole);

function clipped<S extends Span>(spans: readonly S[], fromMs: number, toMs: number): S[] {
  return spans
    .map((span) => ({ ...span, fromMs: Math.max(span.fromMs, fromMs), toMs: Math.min(span.toMs, toMs) }))
    .filter((span) => span.fromMs < span.toMs);
}

/** Where an offer held capacity: until its session went on, whichever way. */
function holdsOf(session: Session, untilMs: number): Array<Span & { readonly taken: boolean }> {
  const goesOn = [
    'proposal-received',
    'offer-accepted',
    'offer-countered',
    'offer-declined',
    'reservation-confirmed',
    'reservation-ended',
  ];
  return session.own.flatMap((event, i) => {
    if (event.type !== 'offer-accepted' && event.type !== 'offer-countered') return [];
    // A place in the queue is no place on a node.
    if (event.pieces.length === 0) return [];
    const proposals = eventsOf(session.own.slice(0, i), 'proposal-received');
    const terms = event.type === 'offer-countered' ? event.proposal : proposals.at(-1)!.proposal;
    const next = session.own.slice(i + 1).find(({ type }) => goesOn.includes(type));
    return [
      {
        fromMs: event.atMs,
        toMs: next?.atMs ?? untilMs,
        weight: cpusOf(terms),
        taken: next?.type === 'reservation-confirmed',
      },
    ];
  });
}

/** Messages that were exchanged with an event, its answer included where that is no event of its own. */
const MESSAGES: Partial<Record<DomainEvent['type'], number>> = {
  'proposal-received': 1,
  'offer-accepted': 1,
  'waitlist-joined': 1,
  'offer-countered': 1,
  'counter-accepted': 2,
  'offer-declined': 1,
  'message-refused': 2,
  'reservation-confirmed': 2,
};

function messagesOf({ outcome, own }: Session): number {
  const last = own.findIndex(({ type }) => type === 'reservation-confirmed' || type === 'reservation-ended');
  const dialogue = last === -1 ? own : own.slice(0, last + 1);
  return sum(dialogue.map(({ type }) => MESSAGES[type] ?? 0)) + (outcome === 'rejected' ? 1 : 0);
}

interface OpenWindow {
  readonly fromMs: number;
  readonly toMs: number;
  readonly opened: EventOf<'window-opened'>;
  /** What happened in it. */
  readonly story: readonly HeldEvent[];
}

/** The open windows of a reservation: one, but for a lease that gave way. */
function windowsOf(session: Session, untilMs: number): OpenWindow[] {
  if (session.confirmed === undefined) return [];
  return typesOf(session, 'window-opened').map((opened) => {
    const from = session.own.indexOf(opened);
    const closing = session.own.findIndex(
      ({ type }, i) => i > from && (type === 'window-closed' || type === 'reservation-ended'),
    );
    return {
      fromMs: opened.atMs,
      toMs: Math.min(untilMs, session.own[closing]?.atMs ?? untilMs),
      opened,
      story: session.own
        .slice(0, closing === -1 ? undefined : closing)
        .filter(({ atMs }, i) => i > from || atMs === opened.atMs),
    };
  });
}

/** Those of a lease since it began for the last time: what it did before is lost. */
function lastingWindowsOf(session: Session, untilMs: number): OpenWindow[] {
  const lostSeq = typesOf(session, 'lease-requeued').at(-1)?.seq ?? -1;
  return windowsOf(session, untilMs).filter(({ opened }) => opened.seq > lostSeq);
}

function claimsOf(session: Session): EventOf<'options-claimed'>[] {
  return typesOf(session, 'options-claimed');
}

function instancesOf(session: Session, atMs = Number.POSITIVE_INFINITY): number {
  const claimed = claimsOf(session).filter((claim) => claim.atMs <= atMs);
  return session.confirmed!.proposal.numInstancesFixed + sum(claimed.map(({ granted }) => granted));
}

/** How the instances of a reservation fared, one VM after the other, and those that were not up yet. */
function spellsIn(session: Session, window: OpenWindow): Spell[] {
  const { story } = window;
  const spells: Spell[] = [];
  const begins: number[] = [];
  for (const vmId of new Set(story.flatMap((event) => ('vmId' in event ? [event.vmId] : [])))) {
    const own = story.filter((event) => 'vmId' in event && event.vmId === vmId);
    const changes = eventsOf(own, 'vm-state-changed');
    const commands = eventsOf(own, 'instance-commanded');
    const stopped = commands.find(({ command }) => command === 'stop' || command === 'delete');
    const firstUp = changes.find(
      ({ cause, to }) => cause !== 'guest-hang' && ['RUNNING', 'UNDER_MIGRATION'].includes(to),
    );
    const beginMs = Math.min(firstUp?.atMs ?? Infinity, stopped?.atMs ?? Infinity);
    if (beginMs !== Infinity) begins.push(beginMs);
    let before: { condition: Condition | 'not meant to be up'; because: string } = {
      condition: 'not meant to be up',
      because: '',
    };
    const from = firstUp === undefined ? changes.length : changes.indexOf(firstUp);
    for (let i = from; i < changes.length; i++) {
      const change = changes[i]!;
      const wish = commands
        .filter(
          ({ command, seq }) =>
            seq < change.seq && ['pause', 'unpause', 'suspend', 'resume', 'start'].includes(command),
        )
        .at(-1);
      const wanted =
        (change.to === 'SUSPENDED' || change.to === 'PAUSED') &&
        change.cause !== 'guest-hang' &&
        (wish?.command === 'suspend' || wish?.command === 'pause');
      before = wanted ? { condition: 'not meant to be up', because: '' } : fares(before, change);
      const toMs = changes[i + 1]?.atMs ?? window.toMs;
      if (before.condition === 'not meant to be up') continue;
      const { demand, loadPermille } = change;
      spells.push({
        fromMs: change.atMs,
        toMs,
        weight: 1,
        condition: before.condition,
        because: before.because,
        milliCpus: demand.milliCpus,
        loadPermille,
        change,
      });
    }
  }
  const [activated] = typesOf(session, 'reservation-activated');
  if (activated === undefined) return spells;
  const owedFromMs = Math.max(activated.atMs, window.fromMs);
  const steps = [owedFromMs, window.toMs, ...begins, ...claimsOf(session).map(({ atMs }) => atMs)];
  for (const [fromMs, toMs] of stretches(steps, owedFromMs, window.toMs)) {
    const begun = begins.filter((beginMs) => beginMs <= fromMs).length;
    const weight = Math.max(0, instancesOf(session, fromMs) - begun);
    spells.push({
      fromMs,
      toMs,
      weight,
      condition: 'starting',
      because: 'start-up',
      milliCpus: session.agreed!.demand.milliCpus,
      loadPermille: 0,
    });
  }
  return spells;
}

function spellsOf(session: Session, untilMs: number): Spell[] {
  return windowsOf(session, untilMs).flatMap((window) => spellsIn(session, window));
}

function fares(
  before: { readonly condition: string; readonly because: string },
  { cause, to }: EventOf<'vm-state-changed'>,
): { condition: Condition | 'not meant to be up'; because: string } {
  const idle = { condition: 'not meant to be up', because: '' } as const;
  if (cause !== 'guest-hang') {
    if (to === 'RUNNING' || to === 'UNDER_MIGRATION') return { condition: 'up', because: '' };
    if (to === 'SUSPENDED') return { condition: 'suspended', because: 'drain' };
    if (to === 'DELETED' || cause === 'guest-shutdown') return idle;
    if (cause === 'operation' && before.condition !== 'down') return idle;
    if (before.condition === idle.condition) return idle;
  }
  if (before.condition === 'down') return { condition: 'down', because: before.because };
  if (cause === 'node-lost') return { condition: 'down', because: 'node-loss' };
  if (cause === 'guest-crash' || cause === 'guest-hang') return { condition: 'down', because: 'guest' };
  if (cause === 'restart') return { condition: 'down', because: 'migration' };
  return { condition: 'down', because: before.because === '' ? 'operation' : before.because };
}

interface Repair extends Span {
  readonly lostMs: number;
}

/** Each time that a VM was up after it had been down. */
function repairsOf(session: Session, told: ToldRun, untilMs: number): Repair[] {
  const repairs: Repair[] = [];
  const ofVms = windowsOf(session, untilMs).flatMap((window) => [
    ...grouped(
      spellsIn(session, window).filter(({ change }) => change !== undefined),
      ({ change }) => change!.vmId,
    ).values(),
  ]);
  for (const spells of ofVms) {
    let ranMs = 0;
    let downMs: number | undefined;
    let lastMs = spells[0]!.fromMs;
    for (const spell of spells) {
      const { change, condition, fromMs } = spell;
      const between = typesOf(session, 'vm-state-changed').filter(
        ({ atMs, seq, to, vmId }) =>
          vmId === change!.vmId &&
          atMs >= lastMs &&
          seq < change!.seq &&
          to !== 'SUSPENDED' &&
          lastMs < fromMs,
      );
      if (between.length > 0) {
        ranMs = 0;
        downMs = undefined;
      }
      if (condition === 'down') downMs ??= wentDownMs(change!, told);
      if (condition === 'up') {
        if (downMs !== undefined) {
          const keptMs = change!.keptMs ?? 0;
          repairs.push({ fromMs: downMs, toMs: fromMs, weight: 1, lostMs: Math.max(0, ranMs - keptMs) });
          ranMs = Math.min(ranMs, keptMs);
        }
        ranMs += lengthOf(spell);
      }
      if (condition !== 'down') downMs = undefined;
      lastMs = spell.toMs;
    }
  }
  return repairs;
}

/** Of a lost node: when it was last heard of. */
function wentDownMs({ atMs, cause, nodeId, seq }: EventOf<'vm-state-changed'>, { events }: ToldRun): number {
  if (cause !== 'node-lost') return atMs;
  const losses = eventsOf(events, 'node-lost').filter((loss) => loss.nodeId === nodeId && loss.seq < seq);
  return losses.at(-1)?.silentSinceMs ?? atMs;
}

function repairFigures(repairs: readonly Repair[]) {
  return {
    repairs: repairs.length,
    meanTimeToRepairMs: repairs.length === 0 ? null : Math.round(sum(repairs.map(lengthOf)) / repairs.length),
    lostWorkMs: sum(repairs.map(({ lostMs }) => lostMs)),
  };
}

/** What a reservation that failed still had ahead of it. */
function lostOf(session: Session): Spell[] {
  const { agreed, confirmed, ended } = session;
  if (confirmed === undefined || ended === undefined || fateOf(session) !== 'failed') return [];
  const because =
    { 'node-lost': 'node-loss', 'too-many-restarts': 'node-loss', 'node-drained': 'drain' }[
      ended.reason as string
    ] ?? 'operation';
  return [
    {
      fromMs: Math.max(ended.atMs, agreed!.startMs),
      toMs: endOf(agreed!),
      weight: instancesOf(session),
      condition: 'down',
      because,
      milliCpus: agreed!.demand.milliCpus,
      loadPermille: 0,
    },
  ];
}

function fateOf({ ended }: Session): string {
  if (ended === undefined) return 'unfinished';
  return ended.noShow ? 'no-show' : FINAL_FATES[ended.state];
}

function stretches(
  instants: readonly number[],
  fromMs: number,
  toMs: number,
): Array<readonly [number, number]> {
  const sorted = [...new Set(instants)]
    .filter((atMs) => atMs >= fromMs && atMs <= toMs)
    .sort((a, b) => a - b);
  return sorted.slice(1).map((atMs, i) => [sorted[i]!, atMs] as const);
}

const RESOURCES = { cpu: 'milliCpus', memory: 'memoryMib', disk: 'diskGib' } as const;
/** One of those, or what a provider calls one of its own. */
type Resource = keyof typeof RESOURCES | (string & {});

function amount(resources: Resources, resource: Resource): number {
  const field = Object.entries(RESOURCES).find(([name]) => name === resource)?.[1];
  return field === undefined ? (resources.named?.[resource] ?? 0) : resources[field];
}

type NodeSpan = Span & { readonly node: string };

const nodeName = (event: { readonly provider: string }, nodeId: string) => `${event.provider}/${nodeId}`;

function nodeEventsOf(events: readonly DomainEvent[]) {
  const named = events.filter(
    (
      event,
    ): event is Extract<DomainEvent, { type: 'node-joined' | 'node-left' | 'node-lost' | 'node-returned' }> =>
      ['node-joined', 'node-left', 'node-lost', 'node-returned'].includes(event.type),
  );
  return grouped(named, (event) => nodeName(event, event.nodeId));
}

/** When nodes were there, as many times as they have of a resource. */
/** Of the sessions with one provider after the other in which one request was made. */
function isFirstOfItsRequest(all: readonly Session[]): (session: Session) => boolean {
  const requestOf = ({ own }: Session) => eventsOf(own, 'reservation-initiated')[0]?.origin?.requestId;
  const firsts = new Map(all.toReversed().map((session) => [requestOf(session), session]));
  return (session) => requestOf(session) === undefined || firsts.get(requestOf(session)) === session;
}

function onlineSpans({ events, untilMs }: ToldRun, resource: Resource): NodeSpan[] {
  const pools = new Map(eventsOf(events, 'provider-joined').map((event) => [event.provider, event] as const));
  const spans: NodeSpan[] = [];
  for (const [node, own] of nodeEventsOf(events)) {
    const shared = resource === 'disk' && pools.get(own[0]!.provider)?.pool.diskGib != null;
    for (const [i, event] of own.entries()) {
      if (event.type !== 'node-joined' && event.type !== 'node-returned') continue;
      const joined = eventsOf(own.slice(0, i + 1), 'node-joined').at(-1)!;
      const weight = shared ? 0 : amount(joined.capacity, resource);
      spans.push({ node, fromMs: event.atMs, toMs: own[i + 1]?.atMs ?? untilMs, weight });
    }
  }
  if (resource === 'disk') {
    for (const [provider, { atMs, pool }] of pools) {
      if (pool.diskGib !== null)
        spans.push({ node: provider, fromMs: atMs, toMs: untilMs, weight: pool.diskGib });
    }
  }
  for (const [provider, { atMs, resources = [] }] of pools) {
    for (const each of resources) {
      if (each.name === resource && each.scope === 'pool')
        spans.push({ node: provider, fromMs: atMs, toMs: untilMs, weight: each.capacity });
    }
  }
  return spans;
}

function reservedSpans(sessions: readonly Session[], { untilMs }: ToldRun, resource: Resource): Span[] {
  const windows = sessions.flatMap((session) =>
    windowsOf(session, untilMs).map((window) => ({ ...window, session })),
  );
  return windows.flatMap(({ opened, session, toMs }) => {
    const one = amount(opened.demand, resource);
    const of = (event: {
      readonly atMs: number;
      readonly pieces: ReadonlyArray<{ readonly instances: number }>;
    }) => ({
      fromMs: event.atMs,
      toMs,
      weight: one * sum(event.pieces.map(({ instances }) => instances)),
    });
    return [of(opened), ...claimsOf(session).map(of)];
  });
}

/** Where VMs took room, with the load of their guests. */
function allocatedSpans(
  { events, untilMs }: ToldRun,
  resource: Resource,
): Array<NodeSpan & { readonly loadPermille: number }> {
  const ofVms = grouped(
    events.filter((event) => event.type === 'vm-state-changed' || event.type === 'vm-migrated'),
    ({ vmId }) => vmId,
  );
  return [...ofVms.values()].flatMap((own) =>
    own.flatMap((event, i) => {
      const state = eventsOf(own.slice(0, i + 1), 'vm-state-changed').at(-1);
      if (state === undefined || !['RUNNING', 'PAUSED', 'UNDER_MIGRATION'].includes(state.to)) return [];
      const nodeId = event.type === 'vm-migrated' ? event.toNodeId : event.nodeId;
      return [
        {
          node: nodeName(event, nodeId),
          fromMs: event.atMs,
          toMs: own[i + 1]?.atMs ?? untilMs,
          weight: amount(state.demand, resource),
          loadPermille: state.loadPermille,
        },
      ];
    }),
  );
}

/** Shares over time: average, highest, and what is not exceeded 95 % of the time; by looking at every instant at which anything changes. */
function sharesOver(used: readonly Span[], online: readonly Span[], { fromMs, untilMs }: ToldRun) {
  const at = (spans: readonly Span[], ms: number) =>
    sum(spans.map((span) => (span.fromMs <= ms && ms < span.toMs ? span.weight : 0)));
  const [use, have] = [clipped(used, fromMs, untilMs), clipped(online, fromMs, untilMs)];
  const instants = [...use, ...have].flatMap((span) => [span.fromMs, span.toMs]);
  const levels = stretches([fromMs, ...instants, untilMs], fromMs, untilMs)
    .map(([from, to]) => ({ forMs: to - from, used: at(use, from), online: at(have, from) }))
    .filter((level) => level.online > 0)
    .map((level) => ({ forMs: level.forMs, share: level.used / level.online }))
    .sort((a, b) => a.share - b.share);
  const wholeMs = sum(levels.map(({ forMs }) => forMs));
  let passedMs = 0;
  let p95: number | null = null;
  for (const { forMs, share: level } of levels) {
    passedMs += forMs;
    if (p95 === null && passedMs >= 0.95 * wholeMs) p95 = level;
  }
  return { mean: share(integral(use), integral(have)), peak: levels.at(-1)?.share ?? null, p95 };
}

/** Mean and nearest-rank quantiles. */
function distribution(values: readonly number[]) {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = (p: number) => sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? null;
  return {
    mean: sorted.length === 0 ? null : Math.round(sum(sorted) / sorted.length),
    p50: rank(0.5),
    p95: rank(0.95),
  };
}

/** Kinds of lease that wait in the queue. */
const QUEUED: readonly string[] = ['best-effort', 'preemptible'];
const isQueued = ({ kind = '' }: { readonly kind?: string | undefined }) => QUEUED.includes(kind);

/** Leases that waited: their waits, how long all took, and that beside their runs. */
function queueWays(all: readonly Session[], { run, untilMs }: ToldRun): Record<string, unknown[]> {
  const begun = all.flatMap((session) => {
    const { agreed, asked, ended, measured } = session;
    const windows = lastingWindowsOf(session, untilMs);
    const [first] = windows;
    if (agreed === undefined || !isQueued(agreed) || first === undefined) return [];
    const runMs = sum(windows.map(lengthOf));
    return [{ measured, askedMs: asked.startMs, openedMs: first.fromMs, endedMs: ended?.atMs, runMs }];
  });
  const counted = begun.filter(({ measured }) => measured);
  const over = counted.flatMap(({ askedMs, endedMs, runMs }) =>
    endedMs === undefined ? [] : [{ responseMs: endedMs - askedMs, runMs }],
  );
  const slowdowns = over
    .map(({ responseMs, runMs }) => Math.max(1, responseMs / Math.max(10_000, runMs)))
    .sort((a, b) => a - b);
  const rank = (p: number) => slowdowns[Math.max(0, Math.ceil(p * slowdowns.length) - 1)] ?? null;
  const ends = begun.flatMap(({ endedMs }) => (endedMs === undefined ? [] : [endedMs - run.startMs]));
  return {
    queueWaitMs: [distribution(counted.map(({ askedMs, openedMs }) => openedMs - askedMs))],
    queueResponseMs: [distribution(over.map(({ responseMs }) => responseMs))],
    queueBoundedSlowdown: [
      {
        mean: slowdowns.length === 0 ? null : sum(slowdowns) / slowdowns.length,
        p50: rank(0.5),
        p95: rank(0.95),
      },
    ],
    queueDoneMs: [ends.length === 0 ? null : Math.max(...ends)],
    ...forecastWays(all),
    ...interruptionWays(all),
  };
}

function interruptionWays(all: readonly Session[]): Record<string, unknown[]> {
  const own = all.filter(({ agreed, measured }) => measured && agreed !== undefined && isQueued(agreed));
  const restarts = own.flatMap((session) => eventsOf(session.own, 'lease-requeued'));
  const lostMs = restarts.map(
    ({ demand, instances, lostMs: ms }) => (demand.milliCpus / 1000) * instances * ms,
  );
  return {
    queueSuspensions: [own.flatMap((session) => eventsOf(session.own, 'lease-suspended')).length],
    queueRestarts: [restarts.length],
    queueCpuHoursWasted: [sum(lostMs) / 3_600_000],
  };
}

/** Who waited when: by looking at every instant at which somebody came or went. */
function queueLengthWays(all: readonly Session[], { fromMs, untilMs }: ToldRun): Record<string, unknown[]> {
  const waits = all.flatMap(({ agreed, own }): Span[] => {
    if (agreed === undefined || !isQueued(agreed)) return [];
    const ticks = own.filter(({ type }) =>
      [
        'reservation-confirmed',
        'lease-requeued',
        'lease-suspended',
        'window-opened',
        'reservation-ended',
      ].includes(type),
    );
    const isWaiting = ({ type }: DomainEvent) => type !== 'window-opened' && type !== 'reservation-ended';
    return ticks.flatMap((event, i) =>
      isWaiting(event)
        ? [
            {
              fromMs: event.atMs,
              toMs: ticks[i + 1]?.atMs ?? untilMs,
              weight: (agreed.demand.milliCpus / 1000) * agreed.numInstancesFixed,
            },
          ]
        : [],
    );
  });
  const counted = clipped(waits, fromMs, untilMs);
  const instants = counted.map((span) => span.fromMs);
  const lengthAt = (ms: number) => counted.filter((span) => span.fromMs <= ms && ms < span.toMs).length;
  const meanOf = (spans: readonly Span[]) => (untilMs > fromMs ? integral(spans) / (untilMs - fromMs) : null);
  return {
    queueLength: [
      {
        mean: meanOf(counted.map((span) => ({ ...span, weight: 1 }))),
        peak: Math.max(0, ...instants.map(lengthAt)),
      },
    ],
    queueAwaitedCpus: [meanOf(counted)],
  };
}

/** What leases were told of their start, beside when they first began. */
function forecastWays(all: readonly Session[]): Record<string, unknown[]> {
  const told = all.flatMap(({ measured, own }) => {
    const forecast = eventsOf(own, 'start-forecast').at(-1);
    const [opened] = eventsOf(own, 'window-opened');
    return measured && forecast && opened ? [{ ...forecast, begunMs: opened.atMs }] : [];
  });
  const isTrue = told.filter(({ begunMs, fromMs, toMs }) => begunMs >= fromMs && begunMs <= toMs);
  return {
    startForecasts: [told.length],
    startForecastTrueShare: [told.length === 0 ? null : isTrue.length / told.length],
    startForecastErrorMs: [distribution(told.map(({ begunMs, likelyMs }) => Math.abs(begunMs - likelyMs)))],
    startForecastWidthMs: [distribution(told.map(({ fromMs, toMs }) => toMs - fromMs))],
  };
}

/** Requests that waited for room: how many, how many had a turn, and what came of it. */
function waitlistWays(
  requests: readonly Session[],
  rows: readonly Row[] | undefined,
): Record<string, unknown[]> {
  const waits = requests.flatMap((session) => {
    const { confirmed, own } = session;
    const joined = own.findLast(({ type }) => type === 'waitlist-joined');
    if (joined === undefined) return [];
    const turn = own
      .slice(own.indexOf(joined))
      .find(({ type }) => type === 'offer-accepted' || type === 'offer-countered');
    const { likelyTurn: told } = eventsOf(own, 'waitlist-joined').at(-1)!;
    return [{ confirmed, told, turnMs: turn?.atMs, waitMs: turn && turn.atMs - joined.atMs }];
  });
  const told = waits.filter((wait) => wait.told !== undefined);
  const foretold = told.filter(({ turnMs }) => turnMs !== undefined);
  const isTrue = foretold.filter(({ told, turnMs }) => told!.fromMs <= turnMs! && told!.toMs >= turnMs!);
  const turns = waits.filter(({ waitMs }) => waitMs !== undefined);
  const accepted = turns.flatMap(({ confirmed }) => confirmed ?? []);
  return {
    waitlisted: [waits.length, rows?.filter((row) => row['waitlisted_s'] !== '').length ?? waits.length],
    waitlistTurns: [turns.length],
    waitlistAccepted: [accepted.length],
    waitlistCpuHoursAgreed: [sum(accepted.map(({ proposal }) => cpuHours(proposal)))],
    waitlistWaitMs: [distribution(turns.map(({ waitMs }) => waitMs!))],
    turnForecasts: [told.length],
    turnForecastChance: [told.length === 0 ? null : sum(told.map((wait) => wait.told!.chance)) / told.length],
    turnForecastTurns: [foretold.length],
    turnForecastTrueShare: [foretold.length === 0 ? null : isTrue.length / foretold.length],
    turnForecastWidthMs: [distribution(foretold.map((wait) => wait.told!.toMs - wait.told!.fromMs))],
  };
}

/** What was sold by auction, by the events and by the rows of the table. */
function auctionWays(
  held: readonly EventOf<'auction-held'>[],
  rows: readonly Row[] | undefined,
): Record<string, unknown[]> {
  const awards = held.flatMap((auction) => auction.awards);
  const hours = sum(awards.map(({ cpuMs }) => cpuMs)) / HOUR_MS;
  const paid = sum(awards.map(({ priceMicros }) => priceMicros)) / 1e6;
  const inRows = (column: string) =>
    rows === undefined ? [] : [sum(rows.map((row) => Number(row[column])))];
  return {
    auctions: [held.length, ...(rows === undefined ? [] : [rows.length])],
    auctionBids: [sum(held.map(({ bids }) => bids)), ...inRows('bids')],
    auctionAwards: [awards.length, ...inRows('awards')],
    auctionCpuHours: [hours],
    auctionPrice: [share(paid, hours)],
  };
}

function counted(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

/** A figure, in each way in which it can be had. */
export type Ways = readonly unknown[];

export function naiveFigures(told: ToldRun): Readonly<Record<string, Ways>> {
  const { events, fromMs, outcome, run, startMs, tables, untilMs } = told;
  const all = sessionsOf(told);
  const requests = all.filter(({ measured }) => measured);
  const accepted = requests.filter(({ confirmed }) => confirmed !== undefined);
  const overbooked = accepted.filter(({ agreed }) => agreed!.kind === 'overbooked');
  const bumped = overbooked.filter(({ ended }) => ended?.reason === 'bumped');
  const outcomes = counted(requests.map((session) => session.outcome));
  const fates = counted(accepted.map(fateOf));
  const countered = requests.filter(({ counters }) => counters > 0);
  const measuredEvents = events.filter(({ atMs }) => atMs >= run.warmUpEndMs);
  const measuredRows = (rows: readonly Row[] | undefined) =>
    rows?.filter((row) => row['measured'] === 'true');
  const negotiated = measuredRows(tables?.negotiations);
  const reserved = measuredRows(tables?.reservations);
  const moved = measuredRows(tables?.migrations);
  /** Of the tables too, where there are any. */
  const ways = (naive: unknown, table: unknown): Ways => (table === undefined ? [naive] : [naive, table]);
  const rowSum = (rows: readonly Row[] | undefined, of: (row: Row) => number) => rows && sum(rows.map(of));
  const number = (row: Row, column: string) => Number(row[column]);
  const outcomeWays = (name: string) =>
    ways(outcomes[name] ?? 0, negotiated && (counted(negotiated.map((row) => row['outcome']!))[name] ?? 0));
  const fateWays = (name: string) =>
    ways(fates[name] ?? 0, reserved && (counted(reserved.map((row) => row['fate']!))[name] ?? 0));

  const asked = sum(requests.map((session) => cpuHours(session.asked)));
  const agreed = sum(accepted.map(({ confirmed }) => cpuHours(confirmed!.proposal)));
  const holds = requests.flatMap((session) =>
    holdsOf(session, untilMs).map((hold) => ({ ...hold, session })),
  );
  const rejections = requests.filter((session) => session.outcome === 'rejected');

  // By request: until the end of the run, whenever that is.
  const ofRequests = accepted.flatMap((session) =>
    lastingWindowsOf(session, untilMs).flatMap((window) => spellsIn(session, window)),
  );
  const lostOfRequests = clipped(accepted.flatMap(lostOf), Number.NEGATIVE_INFINITY, untilMs);
  const standstills = (of: readonly Session[], windows = windowsOf) =>
    of.flatMap((session) => windows(session, untilMs).flatMap(({ story }) => eventsOf(story, 'vm-migrated')));
  const cpuHoursIn = (spells: readonly Spell[], wanted: (spell: Spell) => boolean) =>
    sum(spells.filter(wanted).map((spell) => (spell.weight * lengthOf(spell) * spell.milliCpus) / 1000)) /
    HOUR_MS;
  const stoodStillHours =
    sum(
      standstills(accepted, lastingWindowsOf).map(
        ({ demand, downtimeMs }) => ((downtimeMs ?? 0) * demand.milliCpus) / 1000,
      ),
    ) / HOUR_MS;

  // By instant: in the measured time, whoever's request it was.
  const spells = clipped(
    all.flatMap((session) => spellsOf(session, untilMs)),
    fromMs,
    untilMs,
  );
  const lost = clipped(all.flatMap(lostOf), fromMs, untilMs);
  const inCondition = (condition: Condition) =>
    integral(spells.filter((spell) => spell.condition === condition));
  const migrations = eventsOf(measuredEvents, 'vm-migrated');
  const sends = eventsOf(measuredEvents, 'image-transfer-begun');
  const replicasEnded = eventsOf(events, 'replica-ended');
  const replicaSpans = eventsOf(events, 'replica-placed').map(({ demand, vmId, ...placed }) => {
    const ended = replicasEnded.find((each) => each.vmId === vmId && each.seq > placed.seq)?.atMs ?? untilMs;
    const span = { fromMs: Math.max(placed.atMs, fromMs), untilMs: Math.min(ended, placed.untilMs, untilMs) };
    return (demand.memoryMib / 1024) * (Math.max(0, span.untilMs - span.fromMs) / HOUR_MS);
  });
  const supplies = eventsOf(measuredEvents, 'image-supplied');
  const imageNodes = sum(supplies.map(({ nodes }) => nodes));
  const standstillOf = (sessions: readonly Session[]) =>
    sum(
      standstills(sessions)
        .filter(({ atMs }) => atMs >= run.warmUpEndMs)
        .map(({ downtimeMs }) => downtimeMs ?? 0),
    );
  const standstillMs = standstillOf(all);
  const repairsIn = (sessions: readonly Session[]) =>
    sessions
      .flatMap((session) => repairsOf(session, told, untilMs))
      .filter(({ toMs }) => toMs >= run.warmUpEndMs);
  const repaired = repairFigures(repairsIn(all));
  const classes = grouped(
    all.filter(({ confirmed }) => confirmed?.slaClass !== undefined),
    ({ confirmed }) => confirmed!.slaClass!,
  );
  const upMs = inCondition('up') - standstillMs;
  const downMs = inCondition('down') + standstillMs;
  const undeliveredMs = inCondition('starting') + integral(lost);
  const hinderedBy = (cause: string) =>
    integral([...spells, ...lost].filter(({ because }) => because === cause));

  const online = clipped(onlineSpans(told, 'cpu'), fromMs, untilMs);
  const onlineCpuHours = integral(online) / 1000 / HOUR_MS;
  const offered = clipped(
    all.map((session) => ({
      fromMs: session.asked.startMs,
      toMs: endOf(session.asked),
      weight: cpusOf(session.asked),
    })),
    fromMs,
    untilMs,
  );
  const offeredByRunTime = clipped(
    all.map(({ asked, own }) => {
      const runTimeMs = eventsOf(own, 'reservation-initiated')[0]?.origin?.runTimeMs ?? Infinity;
      return {
        fromMs: asked.startMs,
        toMs: asked.startMs + Math.min(runTimeMs, asked.durationMs),
        weight: cpusOf(asked),
      };
    }),
    fromMs,
    untilMs,
  );
  const offeredHoursByTable =
    tables &&
    sum(
      tables.negotiations.map((row) => {
        const lastsS = Math.min(Number(row['run_time_s'] || Infinity), number(row, 'asked_duration_s'));
        const startS = number(row, 'asked_start_s');
        const [window] = clipped(
          [{ fromMs: startS * 1000, toMs: (startS + lastsS) * 1000, weight: 1 }],
          fromMs - startMs,
          untilMs - startMs,
        );
        const cpus = number(row, 'asked_vcpus_per_instance') * number(row, 'asked_instances');
        return window === undefined ? 0 : cpus * lengthOf(window);
      }),
    ) / HOUR_MS;
  const use = utilisationOf(told, all);

  const refunds = sum(accepted.map(({ ended }) => ended?.refundMicros ?? 0)) / 1e6;
  const revenue = sum(accepted.map(({ confirmed }) => confirmed!.priceMicros)) / 1e6 - refunds;
  const displacement = (of: readonly Session[]) =>
    of.map(
      (session) => typesOf(session, 'reservation-confirmed')[0]!.proposal.startMs - session.asked.startMs,
    );
  const afterCounter = accepted.filter(({ counters }) => counters > 0);

  return {
    scenario: [run.scenario],
    seed: [run.seed],
    version: [run.version],
    digest: [digestOf(events)],
    end: [eventsOf(events, 'run-finished')[0]?.reason ?? 'ongoing'],
    start: [new Date(startMs)],
    measuredFrom: [new Date(fromMs)],
    measuredUntil: [new Date(untilMs)],
    nodes: ways(nodeEventsOf(events).size, tables?.nodes.length),
    requests: ways(requests.length, negotiated?.length),
    accepted: ways(accepted.length, reserved?.length),
    acceptedFirstOffer: outcomeWays('accepted-first-offer'),
    countered: ways(countered.length, negotiated?.filter((row) => row['counter_offers'] !== '0').length),
    counterAccepted: outcomeWays('accepted-after-counter'),
    rejected: outcomeWays('rejected'),
    declined: outcomeWays('declined'),
    expired: outcomeWays('expired'),
    withdrawn: outcomeWays('withdrawn'),
    capacityLost: outcomeWays('capacity-lost'),
    open: outcomeWays('open'),
    warmUpRequests: ways(
      all.length - requests.length,
      tables?.negotiations.filter((row) => row['measured'] === 'false').length,
    ),
    acceptanceRatio: [share(accepted.length, requests.length)],
    // Nobody leaves a queue in the worlds that are checked.
    userAcceptanceRatio: [share(accepted.length, requests.filter(isFirstOfItsRequest(all)).length)],
    firstOfferRatio: [share(outcomes['accepted-first-offer'] ?? 0, requests.length)],
    counterRatio: [share(countered.length, requests.length)],
    counterSuccessRatio: [share(afterCounter.length, countered.length)],
    rejectionRatio: [share(rejections.length, requests.length)],
    acceptanceRatioByCpuHours: [share(sum(accepted.map((session) => cpuHours(session.asked))), asked)],
    cpuHoursAsked: ways(
      asked,
      rowSum(
        negotiated,
        (row) =>
          (number(row, 'asked_vcpus_per_instance') *
            number(row, 'asked_instances') *
            number(row, 'asked_duration_s')) /
          3600,
      ),
    ),
    cpuHoursAgreed: [agreed],
    agreedRatioByCpuHours: [share(agreed, asked)],
    rejectionsByReason: ways(
      counted(rejections.map(({ ended }) => ended!.reason)),
      negotiated &&
        counted(negotiated.filter((row) => row['outcome'] === 'rejected').map((row) => row['reason']!)),
    ),
    refusedMessages: [counted(eventsOf(measuredEvents, 'message-refused').map(({ reason }) => reason))],
    meanRounds: ways(
      share(sum(requests.map((session) => typesOf(session, 'proposal-received').length)), requests.length),
      negotiated && share(rowSum(negotiated, (row) => number(row, 'rounds'))!, negotiated.length),
    ),
    meanMessages: ways(
      share(sum(requests.map(messagesOf)), requests.length),
      negotiated && share(rowSum(negotiated, (row) => number(row, 'messages'))!, negotiated.length),
    ),
    negotiationMs: [
      distribution(accepted.map(({ confirmed, submittedMs }) => confirmed!.atMs - submittedMs)),
    ],
    holdMs: ways(
      sum(holds.map(lengthOf)),
      rowSum(negotiated, (row) => Math.round(number(row, 'hold_s') * 1000)),
    ),
    holdWithoutDealMs: [sum(holds.filter(({ session }) => session.confirmed === undefined).map(lengthOf))],
    cpuHoursHeldInVain: [integral(holds.filter(({ taken }) => !taken)) / HOUR_MS],
    startDisplacementMs: [distribution(displacement(accepted))],
    counteredDisplacementMs: [distribution(displacement(afterCounter))],
    ...queueWays(all, told),
    ...queueLengthWays(all, told),
    ...waitlistWays(requests, negotiated),
    ...auctionWays(eventsOf(measuredEvents, 'auction-held'), measuredRows(tables?.auctions)),
    fulfilled: fateWays('fulfilled'),
    noShows: fateWays('no-show'),
    cancelled: fateWays('cancelled'),
    failed: fateWays('failed'),
    unfinished: fateWays('unfinished'),
    noShowRatio: [share(fates['no-show'] ?? 0, accepted.length)],
    cpuHoursNoShow: [
      sum(
        accepted
          .filter(({ ended }) => ended?.noShow === true)
          .map((session) => {
            const [opened] = typesOf(session, 'window-opened');
            return cpusOf(session.agreed!) * (session.ended!.atMs - opened!.atMs);
          }),
      ) / HOUR_MS,
    ],
    overbooked: [overbooked.length],
    overbookedBegun: [overbooked.filter((session) => typesOf(session, 'window-opened').length > 0).length],
    bumped: [bumped.length],
    bumpedRatio: [share(bumped.length, accepted.length)],
    cpuHoursOverbooked: [
      sum(
        overbooked.map((session) => cpusOf(session.agreed!) * sum(windowsOf(session, untilMs).map(lengthOf))),
      ) / HOUR_MS,
    ],
    bumpedCompensation: [
      sum(bumped.map(({ ended }) => ended!.refundMicros + ended!.penaltyMicros)) / 1_000_000,
    ],
    cpuHoursClaimed: ways(
      sum(
        accepted.flatMap((session) =>
          claimsOf(session).map(
            ({ atMs, granted }) =>
              (granted * (endOf(session.agreed!) - atMs) * session.agreed!.demand.milliCpus) / 1000,
          ),
        ),
      ) / HOUR_MS,
      rowSum(reserved, (row) => (number(row, 'vcpus_per_instance') * number(row, 'claimed_s')) / 3600),
    ),
    cpuHoursDelivered: ways(
      cpuHoursIn(ofRequests, ({ condition }) => condition === 'up') - stoodStillHours,
      rowSum(reserved, (row) => (number(row, 'vcpus_per_instance') * number(row, 'delivered_s')) / 3600),
    ),
    cpuHoursUndelivered: [
      cpuHoursIn([...ofRequests, ...lostOfRequests], ({ condition }) => condition !== 'up') + stoodStillHours,
    ],
    cpuHoursUsed: [
      sum(
        ofRequests
          .filter(({ condition }) => condition === 'up')
          .map((spell) => (lengthOf(spell) * spell.milliCpus * spell.loadPermille) / 1e6),
      ) / HOUR_MS,
    ],
    utilisation: [use.mean],
    utilisationPeak: [use.peak],
    utilisationP95: [use.p95],
    hotNodeMs: [nodeMs(told, ({ busy, capacity }) => busy > 0.75 * capacity)],
    emptyNodeMs: [nodeMs(told, ({ given }) => given === 0)],
    offNodeMs: [
      sum(
        powerSpans(told)
          .filter(({ power }) => power === 'off')
          .flatMap((off) =>
            clipped(
              onlineSpans(told, 'cpu').filter(({ node }) => node === off.node),
              Math.max(off.fromMs, fromMs),
              Math.min(off.toMs, untilMs),
            ),
          )
          .map(lengthOf),
      ),
    ],
    resources: [namedUtilisationOf(told, all)],
    sites: [sitesOf(told, all)],
    offeredLoad: [share(integral(offered) / HOUR_MS, onlineCpuHours)],
    offeredLoadByRunTime: ways(
      share(integral(offeredByRunTime) / HOUR_MS, onlineCpuHours),
      offeredHoursByTable === undefined ? undefined : share(offeredHoursByTable, onlineCpuHours),
    ),
    revenue: ways(
      revenue,
      rowSum(reserved, (row) => number(row, 'price_credits') - number(row, 'refund_credits')),
    ),
    refunds: ways(
      refunds,
      rowSum(reserved, (row) => number(row, 'refund_credits')),
    ),
    penalties: ways(
      sum(accepted.map(({ ended }) => ended?.penaltyMicros ?? 0)) / 1e6,
      rowSum(reserved, (row) => number(row, 'penalty_credits')),
    ),
    revenuePerAcceptedCpuHour: [share(revenue, agreed)],
    revenuePerOnlineCpuHour: [share(sum(all.map((session) => earned(session, told))) / 1e6, onlineCpuHours)],
    ...marketWays(told, sum(all.map((session) => earned(session, told)))),
    replicasTakenOver: [
      eventsOf(measuredEvents, 'replica-ended').filter(({ reason }) => reason === 'taken-over').length,
    ],
    replicaGibHours: [sum(replicaSpans)],
    imageTransfers: [sends.length],
    imageTransferMs: [sum(sends.map(({ atMs, untilMs: sentMs }) => Math.min(sentMs, untilMs) - atMs))],
    imageNodes: [imageNodes],
    imageReuseShare: [share(sum(supplies.map(({ nodes, sent }) => nodes - sent)), imageNodes)],
    migrations: ways(migrations.length, moved?.filter((row) => row['kind'] === 'live-migration').length),
    migrationMs: ways(
      sum(migrations.map(({ atMs, startedMs }) => atMs - startedMs)),
      rowSum(moved, (row) => Math.round(number(row, 'migration_s') * 1000)),
    ),
    migrationDowntimeMs: [
      migrations.length > 0 && migrations.every(({ downtimeMs }) => downtimeMs === null)
        ? null
        : sum(migrations.map(({ downtimeMs }) => downtimeMs ?? 0)),
    ],
    migrationsOfUnknownDowntime: [migrations.filter(({ downtimeMs }) => downtimeMs === null).length],
    moves: ways(
      eventsOf(measuredEvents, 'instance-moved').length,
      moved?.filter((row) => row['kind'] === 'booking-moved').length,
    ),
    downtimeMs: [downMs],
    undeliveredMs: [undeliveredMs],
    startUpMs: [inCondition('starting')],
    hinderedMs: [
      {
        'start-up': hinderedBy('start-up'),
        'node-loss': hinderedBy('node-loss'),
        drain: hinderedBy('drain'),
        guest: hinderedBy('guest'),
        operation: hinderedBy('operation'),
        migration: standstillMs + hinderedBy('migration'),
      },
    ],
    suspensions: [
      eventsOf(measuredEvents, 'vm-state-changed').filter(({ from, to }) => to === 'SUSPENDED' && from !== to)
        .length,
    ],
    suspendedMs: [inCondition('suspended')],
    availability: [share(upMs, upMs + downMs + inCondition('suspended') + undeliveredMs)],
    guestCrashes: [
      eventsOf(measuredEvents, 'vm-state-changed').filter(({ cause }) => cause === 'guest-crash').length,
    ],
    guestHangs: [
      eventsOf(measuredEvents, 'vm-state-changed').filter(({ cause }) => cause === 'guest-hang').length,
    ],
    operationFailures: [eventsOf(measuredEvents, 'operation-failed').length],
    nodeLosses: ways(
      eventsOf(measuredEvents, 'node-lost').length,
      rowSum(tables?.nodes, (row) => number(row, 'losses')),
    ),
    repairs: [repaired.repairs],
    meanTimeToRepairMs: [repaired.meanTimeToRepairMs],
    lostWorkMs: [repaired.lostWorkMs],
    slaClasses: [
      Object.fromEntries(
        [...classes]
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, of]) => {
            const stoodMs = standstillOf(of);
            const own = clipped(
              [...of.flatMap((session) => spellsOf(session, untilMs)), ...of.flatMap(lostOf)],
              fromMs,
              untilMs,
            );
            const isUp = ({ condition }: Spell) => condition === 'up';
            return [
              name,
              {
                availability: share(integral(own.filter(isUp)) - stoodMs, integral(own)),
                ...repairFigures(repairsIn(of)),
              },
            ];
          }),
      ),
    ],
    energyKwh: [energyKwh(told)],
    migrationEnergyKwh: [
      sum(
        migrations.flatMap(({ sentBytes }) =>
          sentBytes === undefined ? [] : [0.512 * (sentBytes / 1e6) + 20.165],
        ),
      ) / 3.6e6,
    ],
    virtualMs: [events.at(-1)!.atMs - startMs],
    events: [events.length],
    wallMs: [Math.round(outcome.wallMs)],
    eventsPerSecond: [Math.round((events.length / outcome.wallMs) * 1000)],
    peakRssMib: [Math.round(outcome.peakRssMib)],
  };
}

function digestOf(events: readonly DomainEvent[]): string {
  const digest = new EventDigest();
  for (const event of events) digest.add(event);
  return digest.value();
}

function utilisationOf(told: ToldRun, sessions: readonly Session[]) {
  const of = (resource: Resource) => {
    const online = onlineSpans(told, resource);
    const allocated = allocatedSpans(told, resource);
    const reserved = sharesOver(reservedSpans(sessions, told, resource), online, told);
    const taken = sharesOver(allocated, online, told);
    const busy = allocated.map((span) => ({ ...span, weight: (span.weight * span.loadPermille) / 1000 }));
    const kept = resource === 'cpu' ? sharesOver(busy, online, told) : { mean: null, peak: null, p95: null };
    return { reserved, allocated: taken, busy: kept };
  };
  const found = { cpu: of('cpu'), memory: of('memory'), disk: of('disk') };
  const figure = (name: 'mean' | 'peak' | 'p95') => {
    const one = ({ allocated, busy, reserved }: (typeof found)['cpu']) => ({
      reserved: reserved[name],
      allocated: allocated[name],
      busy: busy[name],
    });
    return { cpu: one(found.cpu), memory: one(found.memory), disk: one(found.disk) };
  };
  return { mean: figure('mean'), peak: figure('peak'), p95: figure('p95') };
}

/** Time in which each node was online and was so, at every instant at which anything changes on it; of CPUs. */
function nodeMs(
  told: ToldRun,
  isSo: (node: { readonly busy: number; readonly given: number; readonly capacity: number }) => boolean,
): number {
  const [online, allocated] = [onlineSpans(told, 'cpu'), allocatedSpans(told, 'cpu')];
  return sum(
    clipped(online, told.fromMs, told.untilMs).map((up) => {
      const here = clipped(
        allocated.filter(({ node }) => node === up.node),
        up.fromMs,
        up.toMs,
      );
      const cuts = [...new Set([up.fromMs, up.toMs, ...here.flatMap(({ fromMs, toMs }) => [fromMs, toMs])])];
      cuts.sort((a, b) => a - b);
      return sum(
        cuts.slice(1).map((toMs, i) => {
          const fromMs = cuts[i]!;
          const there = here.filter((span) => span.fromMs <= fromMs && toMs <= span.toMs);
          const given = sum(there.map(({ weight }) => weight));
          const busy = sum(there.map(({ loadPermille, weight }) => (weight * loadPermille) / 1000));
          return isSo({ busy, given, capacity: up.weight }) ? toMs - fromMs : 0;
        }),
      );
    }),
  );
}

/** Of everything that a provider names, by its name. */
function namedUtilisationOf(told: ToldRun, sessions: readonly Session[]) {
  const joins = eventsOf(told.events, 'provider-joined').flatMap(({ resources = [] }) => resources);
  const measuredMs = told.untilMs - told.fromMs;
  return Object.fromEntries(
    joins.map(({ divisible, name }) => {
      const online = onlineSpans(told, name);
      const reserved = sharesOver(reservedSpans(sessions, told, name), online, told);
      const allocated = sharesOver(allocatedSpans(told, name), online, told);
      const figure = (what: 'mean' | 'peak' | 'p95') => ({
        reserved: reserved[what],
        allocated: allocated[what],
      });
      const amountMs = integral(clipped(online, told.fromMs, told.untilMs)) / (divisible ? 1000 : 1);
      return [
        name,
        {
          online: measuredMs > 0 ? amountMs / measuredMs : null,
          utilisation: figure('mean'),
          utilisationPeak: figure('peak'),
          utilisationP95: figure('p95'),
        },
      ];
    }),
  );
}

/** Instances of windows, node by node: they are moved. */
function reservedOnNodes(sessions: readonly Session[], { untilMs }: ToldRun): NodeSpan[] {
  return sessions.flatMap((session) =>
    windowsOf(session, untilMs).flatMap(({ opened, story, toMs }) => {
      const weight = opened.demand.milliCpus;
      const over: NodeSpan[] = [];
      let here: Omit<NodeSpan, 'toMs'>[] = [];
      for (const event of [opened, ...story.filter(({ seq }) => seq > opened.seq)]) {
        if (event.type === 'window-opened' || event.type === 'options-claimed')
          for (const { instances, nodeId } of event.pieces)
            for (let i = 0; i < instances; i++)
              here.push({ node: nodeName(event, nodeId), fromMs: event.atMs, weight });
        if (event.type !== 'instance-moved') continue;
        const left = here.find(({ node }) => node === nodeName(event, event.fromNodeId))!;
        here = here.filter((one) => one !== left);
        over.push({ ...left, toMs: event.atMs });
        here.push({ node: nodeName(event, event.toNodeId), fromMs: event.atMs, weight });
      }
      return [...over, ...here.map((one) => ({ ...one, toMs }))];
    }),
  );
}

function sitesOf(told: ToldRun, sessions: readonly Session[]) {
  const { events, fromMs, untilMs } = told;
  const siteOf = new Map(
    eventsOf(events, 'node-joined').map((event) => [nodeName(event, event.nodeId), event.site]),
  );
  const names = [...new Set(siteOf.values())].filter((name) => name !== undefined);
  const moved = eventsOf(events, 'vm-migrated')
    .filter(({ atMs }) => atMs >= fromMs)
    .map((event) => ({
      ...event,
      from: siteOf.get(nodeName(event, event.fromNodeId)),
      to: siteOf.get(nodeName(event, event.toNodeId)),
    }))
    .filter(({ from, to }) => from !== to);
  return Object.fromEntries(
    names.map((name) => {
      const there = (spans: readonly NodeSpan[]) =>
        integral(
          clipped(
            spans.filter(({ node }) => siteOf.get(node) === name),
            fromMs,
            untilMs,
          ),
        );
      const online = there(onlineSpans(told, 'cpu'));
      const came = moved.filter(({ to }) => to === name);
      return [
        name,
        {
          nodes: [...siteOf.values()].filter((site) => site === name).length,
          cpuReserved: share(there(reservedOnNodes(sessions, told)), online),
          cpuAllocated: share(there(allocatedSpans(told, 'cpu')), online),
          came: came.length,
          left: moved.filter(({ from }) => from === name).length,
          migrationMs: sum(came.map(({ atMs, startedMs }) => atMs - startedMs)),
          downtimeMs: sum(came.map(({ downtimeMs }) => downtimeMs ?? 0)),
          sentGb: sum(came.map(({ sentBytes }) => (sentBytes ?? 0) / 1e9)),
          unconverged: came.filter(({ converged }) => converged === false).length,
        },
      ];
    }),
  );
}

/** In micro-credits, within the measured time. */
function earned({ agreed, confirmed, ended }: Session, { run, untilMs }: ToldRun): number {
  if (confirmed === undefined) return 0;
  const kept = confirmed.priceMicros - (ended?.refundMicros ?? 0);
  const overMs = ended?.atMs ?? untilMs;
  if (overMs <= agreed!.startMs) return ended !== undefined && overMs >= run.warmUpEndMs ? kept : 0;
  const window = {
    fromMs: agreed!.startMs,
    toMs: Math.min(endOf(agreed!), ended?.atMs ?? Infinity),
    weight: 1,
  };
  return (kept * integral(clipped([window], run.warmUpEndMs, untilMs))) / lengthOf(window);
}

function energyKwh(told: ToldRun): number | null {
  const { events, fromMs, untilMs } = told;
  const powered = [...nodeEventsOf(events)].flatMap(([node, own]) => {
    const { capacity, power } = eventsOf(own, 'node-joined').at(-1)!;
    return power === null ? [] : [{ node, capacity, power }];
  });
  if (powered.length === 0) return null;
  const at = <S extends NodeSpan>(spans: readonly S[], node: string) =>
    clipped(
      spans.filter((span) => span.node === node),
      fromMs,
      untilMs,
    );
  const [online, allocated] = [onlineSpans(told, 'cpu'), allocatedSpans(told, 'cpu')];
  const wattMs = powered.map(({ capacity, node, power }) => {
    const [up, used] = [at(online, node), at(allocated, node)];
    const switched = powerSpans(told).filter((span) => span.node === node);
    const instants = [...up, ...used, ...switched].flatMap((span) => [span.fromMs, span.toMs]);
    return sum(
      stretches([...instants, fromMs, untilMs], fromMs, untilMs).map(([beginMs, endMs]) => {
        const covers = (span: NodeSpan) => span.fromMs <= beginMs && endMs <= span.toMs;
        if (!up.some(covers)) return 0;
        const state = switched.find((span) => span.fromMs <= beginMs && endMs <= span.toMs);
        if (state?.watts !== undefined) return (endMs - beginMs) * state.watts;
        const busy = sum(used.filter(covers).map((span) => (span.weight * span.loadPermille) / 1000));
        return (endMs - beginMs) * wattsOf(power, busy / capacity.milliCpus);
      }),
    );
  });
  return sum(wattMs) / HOUR_MS / 1000;
}

/** How long each node was in each state of power, as far as that was told. */
function powerSpans({ events, untilMs }: ToldRun) {
  const changes = eventsOf(events, 'node-power-changed');
  return changes.map((change) => {
    const { atMs: fromMs, nodeId, power, provider, seq, watts } = change;
    const isLater = (other: (typeof changes)[number]) =>
      other.nodeId === nodeId && other.provider === provider && other.seq > seq;
    const toMs = changes.find(isLater)?.atMs ?? untilMs;
    return { node: nodeName(change, nodeId), fromMs, toMs, weight: 1, power, watts };
  });
}

/** By how much of its CPUs is busy: the point on the line between the two nearest measurements. */
function wattsOf({ idleW, peakW, watts = [idleW, peakW] }: PowerModel, share: number): number {
  const step = 1 / (watts.length - 1);
  const above = watts.findIndex((_, i) => i > 0 && share <= i * step + 1e-12);
  const part = (share - (above - 1) * step) / step;
  return (1 - part) * watts[above - 1]! + part * watts[above]!;
}
