// How long what a provider ordered took, and how its users behaved, read off its commits: an operation from the commit that began it to the report of
// its end, an answer from the offer on. What was given up, or was under way when the service stopped, has no time.
import type { Commit, DomainEvent, Effect, EventOf, Report, VmOperation } from '../../engine/index.ts';

/** A duration that was seen whole. */
export interface RecordedTime {
  /** When it was over. */
  readonly atMs: number;
  readonly durationMs: number;
}

export interface RecordedMove extends RecordedTime {
  readonly memoryMib: number;
  /** Null: the hypervisor does not tell. */
  readonly downtimeMs: number | null;
}

/** Something that either happens or does not. */
export interface RecordedChance {
  readonly atMs: number;
  readonly happened: number;
  readonly of: number;
}

/** From the first sign that a node is lost until its loss was known. */
export interface RecordedDetection extends RecordedTime {
  /** The last sign of life, which is before the loss; or an operation that was not answered, which is at it or after. */
  readonly since: 'last-sign-of-life' | 'no-answer';
}

/** A time in which a node, or the guest of a VM, could have failed. */
export interface RecordedLife {
  readonly fromMs: number;
  readonly toMs: number;
  /** What ended it, of a failure. Absent: it ended otherwise, or goes on. */
  readonly failure?: 'node-lost' | 'guest-crash' | 'guest-hang';
}

type Operation = Exclude<Effect, { readonly kind: 'abandon' }>;

interface UnderWay {
  readonly effect: Operation;
  readonly sinceMs: number;
}

/** Of a reservation that is not over. */
interface Session {
  offeredMs: number | undefined;
  startMs: number;
  options: number;
  claimed: number;
  activatedMs: number | undefined;
}

const UP: ReadonlySet<string> = new Set(['RUNNING', 'UNDER_MIGRATION']);

export class RecordedTimes {
  /** By operation; shutdowns only where the guest was asked, starts only where it booted. */
  readonly operations = new Map<VmOperation, RecordedTime[]>();
  readonly moves: RecordedMove[] = [];
  readonly detections: RecordedDetection[] = [];
  readonly thinking: RecordedTime[] = [];
  /** From the start of the window until the user activated it, of who did so after it; 0 of who did before. */
  readonly lateness: RecordedTime[] = [];
  /** Operations; `boots` are of them those in which a VM has to come up. */
  readonly failures: RecordedChance[] = [];
  readonly boots: RecordedChance[] = [];
  /** From the loss of a node until it was back. */
  readonly repairs: RecordedTime[] = [];
  readonly noShows: RecordedChance[] = [];
  readonly claims: RecordedChance[] = [];
  /** Offers that nobody answered. */
  unanswered = 0;
  readonly #underWay = new Map<string, UnderWay>();
  readonly #sessions = new Map<string, Session>();
  readonly #nodeOf = new Map<string, string>();
  /** Since when a node has answered nothing. */
  readonly #silentSinceMs = new Map<string, number>();
  readonly #lives: Record<'nodes' | 'guests', RecordedLife[]> = { nodes: [], guests: [] };
  /** Of those that go on. */
  readonly #aliveSinceMs = { nodes: new Map<string, number>(), guests: new Map<string, number>() };
  readonly #lostSinceMs = new Map<string, number>();
  #lastMs = 0;

  /** In no order; those that go on are told up to what was heard last. */
  lives(of: 'nodes' | 'guests'): readonly RecordedLife[] {
    const going = [...this.#aliveSinceMs[of].values()].map((fromMs) => ({ fromMs, toMs: this.#lastMs }));
    return [...this.#lives[of], ...going];
  }

  hear({ atMs, effects, events, input, reply }: Commit): void {
    this.#lastMs = atMs;
    if (input.kind === 'report') this.#reported(input.report, atMs);
    if (input.kind === 'command' && 'reservationId' in input.command) {
      const session = this.#sessions.get(input.command.reservationId);
      // What could not be said is not what was thought of so long.
      if (input.command.name === 'reply' && !isRefused(reply)) this.#answered(session, atMs);
      const isActivated = events.some(({ type }) => type === 'reservation-activated');
      if (input.command.name === 'activate' && isActivated && session !== undefined)
        session.activatedMs = atMs;
    }
    for (const event of events) this.#happened(event);
    for (const effect of effects) {
      if (effect.kind === 'abandon') this.#underWay.delete(effect.vmId);
      else this.#underWay.set(effect.vmId, { effect, sinceMs: atMs });
    }
  }

  #reported(report: Report, atMs: number): void {
    // No operation is in progress any more.
    if (report.kind === 'inventory') this.#underWay.clear();
    // A guest that hangs is up, as far as its state says.
    if (report.kind === 'vm' && (report.cause === 'guest-crash' || report.cause === 'guest-hang'))
      this.#ends('guests', report.vm.vmId, atMs, report.cause);
    if (report.kind !== 'done' && report.kind !== 'failed') return;
    const { number, operation, vmId } = report;
    const underWay = this.#underWay.get(vmId);
    if (underWay === undefined || underWay.effect.number !== number) return;
    this.#underWay.delete(vmId);
    const { effect, sinceMs } = underWay;
    const isOrdered = effect.kind !== 'stop' || effect.mode === 'clean';
    if (report.kind === 'failed') {
      if (report.error === 'OPERATION_FAILED' && isOrdered) this.#tried(effect, { atMs, happened: 1, of: 1 });
      if (report.error !== 'NODE_UNREACHABLE') return;
      for (const nodeId of this.#nodesOf(effect))
        if (!this.#silentSinceMs.has(nodeId)) this.#silentSinceMs.set(nodeId, atMs);
      return;
    }
    for (const nodeId of this.#nodesOf(effect)) this.#silentSinceMs.delete(nodeId);
    if (operation === 'reboot') this.#begins('guests', vmId, atMs);
    if (!isOrdered) return;
    this.#tried(effect, { atMs, happened: 0, of: 1 });
    if (operation === 'migrate' || (effect.kind === 'start' && effect.fromCheckpoint === true)) return;
    const times = this.operations.get(operation);
    const time = { atMs, durationMs: atMs - sinceMs };
    if (times === undefined) this.operations.set(operation, [time]);
    else times.push(time);
  }

  #tried({ kind }: Operation, chance: RecordedChance): void {
    this.failures.push(chance);
    if (kind === 'start') this.boots.push(chance);
  }

  #nodesOf(effect: Operation): readonly string[] {
    const { vmId } = effect;
    const isAt = this.#nodeOf.get(vmId);
    const goesTo =
      effect.kind === 'create'
        ? effect.vm.nodeId
        : effect.kind === 'migrate'
          ? effect.toNodeId
          : 'nodeId' in effect
            ? effect.nodeId
            : undefined;
    return [isAt, goesTo].filter((nodeId) => nodeId !== undefined);
  }

  #answered(session: Session | undefined, atMs: number): void {
    if (session?.offeredMs === undefined) return;
    this.thinking.push({ atMs, durationMs: atMs - session.offeredMs });
    session.offeredMs = undefined;
  }

  #happened(event: DomainEvent): void {
    const { atMs } = event;
    switch (event.type) {
      case 'vm-state-changed':
        if (event.to === 'DELETED') this.#nodeOf.delete(event.vmId);
        else this.#nodeOf.set(event.vmId, event.nodeId);
        this.#guestChanged(event);
        return;
      case 'node-joined':
        this.#begins('nodes', event.nodeId, atMs);
        return;
      case 'node-left':
        this.#ends('nodes', event.nodeId, atMs);
        this.#lostSinceMs.delete(event.nodeId);
        return;
      case 'node-returned': {
        const lostMs = this.#lostSinceMs.get(event.nodeId);
        this.#lostSinceMs.delete(event.nodeId);
        if (lostMs !== undefined) this.repairs.push({ atMs, durationMs: atMs - lostMs });
        this.#begins('nodes', event.nodeId, atMs);
        return;
      }
      case 'vm-migrated': {
        const { downtimeMs, memoryMib, startedMs, toNodeId, vmId } = event;
        this.#nodeOf.set(vmId, toNodeId);
        this.moves.push({ atMs, durationMs: atMs - startedMs, memoryMib, downtimeMs });
        return;
      }
      case 'node-lost': {
        const { nodeId, silentSinceMs } = event;
        this.#ends('nodes', nodeId, atMs, 'node-lost');
        this.#lostSinceMs.set(nodeId, atMs);
        const unansweredMs = this.#silentSinceMs.get(nodeId);
        this.#silentSinceMs.delete(nodeId);
        if (silentSinceMs !== undefined)
          this.detections.push({ atMs, durationMs: atMs - silentSinceMs, since: 'last-sign-of-life' });
        else if (unansweredMs !== undefined)
          this.detections.push({ atMs, durationMs: atMs - unansweredMs, since: 'no-answer' });
        return;
      }
      default:
        if ('reservationId' in event) this.#ofSession(event);
    }
  }

  #guestChanged({ atMs, to, vmId }: EventOf<'vm-state-changed'>): void {
    if (UP.has(to)) this.#begins('guests', vmId, atMs);
    else this.#ends('guests', vmId, atMs);
  }

  #begins(of: 'nodes' | 'guests', id: string, atMs: number): void {
    const alive = this.#aliveSinceMs[of];
    if (!alive.has(id)) alive.set(id, atMs);
  }

  #ends(of: 'nodes' | 'guests', id: string, atMs: number, failure?: RecordedLife['failure']): void {
    const fromMs = this.#aliveSinceMs[of].get(id);
    if (fromMs === undefined) return;
    this.#aliveSinceMs[of].delete(id);
    this.#lives[of].push({ fromMs, toMs: atMs, ...(failure !== undefined && { failure }) });
  }

  #ofSession(event: Extract<DomainEvent, { readonly reservationId: string }>): void {
    const { atMs, reservationId } = event;
    if (event.type === 'reservation-initiated') {
      this.#sessions.set(reservationId, {
        offeredMs: undefined,
        startMs: 0,
        options: 0,
        claimed: 0,
        activatedMs: undefined,
      });
      return;
    }
    const session = this.#sessions.get(reservationId);
    if (session === undefined) return;
    switch (event.type) {
      case 'offer-accepted':
      case 'offer-countered':
        session.offeredMs = atMs;
        break;
      case 'reservation-confirmed':
      case 'reservation-changed':
        // Nobody can come before they know that they may; who has come does so once.
        if (session.activatedMs === undefined) session.startMs = Math.max(event.proposal.startMs, atMs);
        session.options = event.proposal.numInstancesOption;
        break;
      case 'options-claimed':
        session.claimed += event.asked;
        break;
      case 'reservation-ended':
        this.#ended(session, event);
        this.#sessions.delete(reservationId);
        break;
      default:
        break;
    }
  }

  /** Who activated it themselves has come; where windows activate themselves, nobody can be said to. */
  #ended(
    { activatedMs, claimed, options, startMs }: Session,
    { atMs, noShow, reason }: Extract<DomainEvent, { readonly type: 'reservation-ended' }>,
  ): void {
    if (reason === 'hold-expired') this.unanswered += 1;
    if (noShow) this.noShows.push({ atMs, happened: 1, of: 1 });
    if (activatedMs === undefined) return;
    this.noShows.push({ atMs, happened: 0, of: 1 });
    this.lateness.push({ atMs, durationMs: Math.max(0, activatedMs - startMs) });
    if (options > 0) this.claims.push({ atMs, happened: Math.min(claimed, options), of: options });
  }
}

function isRefused(reply: Commit['reply']): boolean {
  return typeof reply === 'object' && reply !== null && 'reply' in reply && reply.reply === 'REQUEST_FAILED';
}
