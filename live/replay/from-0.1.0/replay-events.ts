// Only for recordings of version 0.1.0, which did not store inputs: they are read off the events.
// A recording once more through the manager: the same commands and the same news from the hypervisor at the same instants, under the
// provider's own settings. What the manager decides is its own doing again, and is compared.
import {
  type DomainEvent,
  EventQueue,
  Phase,
  Provider,
  type ProviderSetup,
  type ProviderSnapshot,
  WallClock,
} from '../../../engine/index.ts';
import { LeapingHost } from './leaping-host.ts';
import { RecordedHypervisor } from './recorded-hypervisor.ts';
import { inputsOf, type RecordedCommand, type RecordedInput } from './recorded-inputs.ts';

export interface ReplayParts {
  readonly setup: ProviderSetup;
  /** Everything that version 0.1.0 recorded, from the first event on. */
  readonly recording: AsyncIterable<DomainEvent>;
  /** What happens in the replay, in order. */
  readonly onEvent: (event: DomainEvent) => void;
}

/**
 * Replays to the last instant of the recording. Memory does not grow with its length.
 * @returns the provider as it is then; undefined when there was nothing
 * @throws PolicyError
 */
export async function replayEvents(parts: ReplayParts): Promise<ProviderSnapshot | undefined> {
  let replay: Replay | undefined;
  for await (const instant of instantsOf(parts.recording)) {
    replay ??= new Replay(parts, instant[0].atMs);
    replay.pass(instant);
  }
  return replay?.snapshot();
}

/** What version 0.1.0 stored of such a provider, and a later one therefore went on from. */
export function asStoredBy010(snapshot: ProviderSnapshot): ProviderSnapshot {
  return {
    ...snapshot,
    lastCommitSeq: 0,
    policyMemory: [],
    reservations: snapshot.reservations.map((reservation) => ({
      ...reservation,
      dueOrder: 0,
      instances: reservation.instances.map(({ vm, ...instance }) => ({
        ...instance,
        vm: vm === null ? null : { ...vm, operations: 0, operation: null, heard: null, retry: null },
      })),
    })),
  };
}

/** Events of one instant. */
type Instant = readonly [DomainEvent, ...DomainEvent[]];

async function* instantsOf(events: AsyncIterable<DomainEvent>): AsyncGenerator<Instant, void, void> {
  let instant: [DomainEvent, ...DomainEvent[]] | undefined;
  for await (const event of events) {
    if (instant?.[0].atMs === event.atMs) {
      instant.push(event);
      continue;
    }
    if (instant !== undefined) yield instant;
    instant = [event];
  }
  if (instant !== undefined) yield instant;
}

class Replay {
  readonly #host: LeapingHost;
  readonly #clock: WallClock;
  readonly #queue: EventQueue;
  readonly #hypervisor = new RecordedHypervisor();
  readonly #autoActivate: boolean;
  readonly #nodeIds: ReadonlySet<string>;

  constructor({ onEvent, setup }: ReplayParts, startMs: number) {
    this.#nodeIds = new Set(setup.cluster.nodes.map(({ nodeId }) => nodeId));
    this.#host = new LeapingHost(startMs);
    this.#clock = new WallClock(this.#host);
    this.#autoActivate = setup.settings.autoActivate;
    this.#queue = new EventQueue({
      clock: this.#clock,
      // A node that was lost was out of all windows until it was back.
      provider: new Provider(
        {
          ...setup,
          settings: {
            ...setup.settings,
            assumedRepairMs: Number.POSITIVE_INFINITY,
            rePlacementMax: 0,
            noShowGraceMs: Number.POSITIVE_INFINITY,
            shortestDurationMs: 0,
            longestDurationMs: Number.POSITIVE_INFINITY,
          },
        },
        { goesOnWithout: () => undefined },
      ),
      dispatcher: this.#hypervisor,
      recorder: {
        record: ({ events }, onRecorded) => {
          for (const event of events) onEvent(event);
          onRecorded();
        },
      },
    });
    this.#clock.setUp(() => this.#queue.begin());
  }

  snapshot(): ProviderSnapshot {
    return this.#queue.provider.snapshot();
  }

  /** Goes on to the instant of these events, and through it. */
  pass(instant: Instant): void {
    const [{ atMs }] = instant;
    this.#feed(
      atMs,
      inputsOf(instant, this.#autoActivate)
        .filter((input) => !this.#isAboutAbsentNode(input))
        .flatMap((input) => this.#stepsOf(input)),
    );
    this.#host.leapTo(atMs);
  }

  /** The settings are those that the provider had last: of a node that it had before, something may be recorded all the same. */
  #isAboutAbsentNode(input: RecordedInput): boolean {
    const about = input.from === 'users' ? input.command : input.news;
    return 'nodeId' in about && !this.#nodeIds.has(about.nodeId);
  }

  /** One step after the other, each with everything that the one before has led to. */
  #feed(atMs: number, [step, ...rest]: readonly Step[]): void {
    if (step === undefined) return;
    this.#clock.at(atMs, step.phase, () => {
      step.act();
      this.#feed(atMs, rest);
    });
  }

  #stepsOf(input: RecordedInput): Step[] {
    if (input.from === 'users') return [{ phase: Phase.Arrival, act: () => this.#carryOut(input.command) }];
    return [
      { phase: Phase.Operation, act: () => this.#hypervisor.settle(input.news) },
      { phase: Phase.Operation, act: () => this.#hypervisor.deliver(input.news) },
    ];
  }

  #carryOut(command: RecordedCommand): void {
    const queue = this.#queue;
    switch (command.kind) {
      case 'open': {
        const { origin, proposal, reservationId, userId } = command;
        queue.execute({ name: 'open', reservationId, userId, origin, proposal });
        break;
      }
      case 'initiate': {
        const { origin, reservationId, userId } = command;
        queue.execute({ name: 'initiate', reservationId, userId, origin });
        break;
      }
      case 'request':
        queue.execute({ name: 'request', reservationId: command.reservationId, proposal: command.proposal });
        break;
      case 'reply':
        queue.execute({ name: 'reply', reservationId: command.reservationId, answer: command.answer });
        break;
      case 'activate':
      case 'cancel':
        queue.execute({ name: command.kind, reservationId: command.reservationId });
        break;
      case 'claim':
        queue.execute({ name: 'claim', reservationId: command.reservationId, count: command.count });
        break;
      case 'command':
        queue.execute({ name: 'instance', vmId: command.vmId, command: command.command });
        break;
      case 'drain':
      case 'enable':
        queue.execute({ name: command.kind, nodeId: command.nodeId });
        break;
    }
  }
}

interface Step {
  readonly phase: Phase;
  readonly act: () => void;
}
