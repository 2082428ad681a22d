// The requests of a recording as users of the simulator, for the question what another provider would have done with them. What a user
// would have put up with is not recorded; it is inferred from what they did.
import {
  type DomainEvent,
  type EventOf,
  type Incident,
  latestStartWithin,
  type Proposal,
  REQUEST_KINDS,
  type UserRequest,
} from '../../engine/index.ts';

export interface RecordedDemand {
  /** In order of submission. */
  readonly requests: readonly UserRequest[];
  /** What users proposed after their first proposal, round by round, by the id of their request; absent: nothing. */
  readonly counters: ReadonlyMap<string, readonly Proposal[]>;
  /** Nodes that were lost, drained, maintained and put back, whenever the service learned of it. */
  readonly incidents: readonly Incident[];
  readonly startMs: number;
  /** What is to be measured begins then: later than the start where what came before is archived, but for what was not over. */
  readonly measuredFromMs: number;
  /** The last instant of the recording. */
  readonly endMs: number;
}

/** Of a user whose story is being read. */
interface Story {
  readonly reservationId: string;
  readonly userId: string;
  readonly submitMs: number;
  readonly proposal: Proposal;
  readonly counters: Proposal[];
  waitUntilMs: number | undefined;
  confirmedStartMs: number | undefined;
  openedMs: number | undefined;
  cancelAtMs: number | undefined;
  showsUp: boolean;
  claims: number;
  runTimeMs: number;
}

/**
 * Memory grows with the number of requests.
 * @param measuredFromMs where the recording proper begins, after events that are left from before; absent: with the first event
 */
export async function readDemand(
  recording: AsyncIterable<DomainEvent>,
  measuredFromMs?: number,
): Promise<RecordedDemand> {
  const users = new Map<string, string>();
  const further = new Set<string>();
  const stories = new Map<string, Story>();
  const incidents: Incident[] = [];
  let startMs: number | undefined;
  let endMs = measuredFromMs ?? 0;
  for await (const event of recording) {
    startMs ??= event.atMs;
    endMs = event.atMs;
    // Nobody asked for the further windows of an offer.
    if (event.type === 'reservation-initiated') {
      if (event.partOf === undefined) users.set(event.reservationId, event.userId);
      else further.add(event.reservationId);
    } else if (event.type === 'proposal-received' && event.round === 1) {
      if (further.has(event.reservationId)) continue;
      stories.set(event.reservationId, begin(event, users.get(event.reservationId) ?? 'unknown'));
      users.delete(event.reservationId);
    } else if ('nodeId' in event && !('reservationId' in event)) {
      const incident = incidentOf(event);
      if (incident !== undefined) incidents.push(incident);
    } else if ('reservationId' in event) {
      const story = stories.get(event.reservationId);
      if (story !== undefined) goOn(story, event);
    }
  }
  const requests = Array.from(stories.values(), asRequest);
  const counters = new Map(
    [...stories].filter(([, story]) => story.counters.length > 0).map(([id, story]) => [id, story.counters]),
  );
  const beginMs = startMs ?? endMs;
  return {
    requests,
    counters,
    incidents,
    startMs: beginMs,
    measuredFromMs: measuredFromMs ?? beginMs,
    endMs,
  };
}

/** What operators and the hypervisor did to a node; undefined where the provider did it, or only learned of it. */
function incidentOf(event: DomainEvent & { readonly nodeId: string }): Incident | undefined {
  const { atMs, nodeId } = event;
  switch (event.type) {
    case 'node-lost':
      return { atMs, nodeId, kind: 'fail' };
    case 'node-returned':
      return { atMs, nodeId, kind: 'return' };
    case 'node-drained':
      return { atMs, nodeId, kind: 'drain', untilMs: event.expectedBackMs ?? null };
    case 'node-enabled':
      return { atMs, nodeId, kind: 'enable' };
    case 'maintenance-planned': {
      const { fromMs, maintenanceId, untilMs } = event;
      return { atMs, nodeId, kind: 'maintenance', maintenanceId, fromMs, untilMs };
    }
    case 'maintenance-ended':
      // One that is over ends by itself.
      return event.reason === 'over'
        ? undefined
        : { atMs, nodeId, kind: 'end-maintenance', maintenanceId: event.maintenanceId };
    default:
      return undefined;
  }
}

function begin(
  { atMs, proposal: asked, reservationId }: EventOf<'proposal-received'>,
  userId: string,
): Story {
  const { waitlist, ...proposal } = asked;
  return {
    reservationId,
    userId,
    submitMs: atMs,
    proposal,
    counters: [],
    waitUntilMs: waitlist?.untilMs,
    confirmedStartMs: undefined,
    openedMs: undefined,
    cancelAtMs: undefined,
    showsUp: false,
    claims: 0,
    runTimeMs: Number.POSITIVE_INFINITY,
  };
}

function goOn(story: Story, event: DomainEvent): void {
  if (event.type === 'proposal-received') {
    const { waitlist, ...proposal } = event.proposal;
    story.waitUntilMs ??= waitlist?.untilMs;
    // Rather to wait than to take an offer is no other proposal.
    if (waitlist?.instead !== true) story.counters.push(proposal);
  } else if (event.type === 'reservation-confirmed') story.confirmedStartMs = event.proposal.startMs;
  else if (event.type === 'window-opened') story.openedMs = event.atMs;
  else if (event.type === 'reservation-activated') story.showsUp = true;
  else if (event.type === 'options-claimed') story.claims += event.asked;
  else if (event.type === 'reservation-ended') {
    if (event.reason === 'cancelled-by-user') story.cancelAtMs = event.atMs;
    if (event.reason === 'completed' && story.openedMs !== undefined)
      story.runTimeMs = Math.max(1, event.atMs - story.openedMs);
  }
}

/**
 * Whoever confirmed a later start takes starts up to that one, and who said what else they take all of that; everybody else takes none later than asked. Guests of a reservation that was
 * completed before its end run as long as it lasted.
 */
function asRequest(story: Story): UserRequest {
  const { claims, confirmedStartMs, proposal, reservationId, runTimeMs, showsUp, submitMs, userId } = story;
  const { cancelAtMs, waitUntilMs } = story;
  const { leeway } = proposal;
  const wasConfirmed = confirmedStartMs !== undefined;
  return {
    requestId: reservationId,
    userId,
    kind: REQUEST_KINDS.find((kind) => kind === proposal.kind) ?? 'advance',
    submitMs,
    proposal,
    ...(leeway === undefined ? {} : { leeway }),
    ...(waitUntilMs === undefined ? {} : { waitUntilMs }),
    latestStartMs: Math.max(
      proposal.startMs,
      confirmedStartMs ?? proposal.startMs,
      leeway === undefined ? proposal.startMs : latestStartWithin(leeway, proposal.durationMs),
    ),
    runTimeMs,
    // Of a request that was never confirmed nobody knows.
    ...(wasConfirmed ? { showsUp, claims } : {}),
    ...(cancelAtMs === undefined ? {} : { cancelAtMs }),
  };
}
