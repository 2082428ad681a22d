// Only for recordings of version 0.1.0, which did not store inputs: they are read off the events.
// A recording once more through the manager: the same commands and the same news from the hypervisor at the same instants, under the
// provider's own settings. What the manager decides is its own doing again, and is compared.
import { type DomainEvent, EventQueue, Phase, Provider, WallClock } from '../../../engine/index.ts';
import type { ServedProvider } from '../../../scenarios/load/served-provider.ts';
import { LeapingHost } from './leaping-host.ts';
import { RecordedHypervisor } from './recorded-hypervisor.ts';
import { inputsOf, type RecordedCommand, type RecordedInput } from './recorded-inputs.ts';

export interface ReplayParts {
  readonly provider: ServedProvider;
  /** Everything that was recorded, from the first event on. */
  readonly recording: AsyncIterable<DomainEvent>;
  /** The id of the VM that was made for an instance; undefined when there was none. */
  readonly vmIdOf: (reservationId: string, instance: number) => string | undefined;
  /** What happens in the replay, in order. */
  readonly onEvent: (event: DomainEvent) => void;
}

/**
 * Replays to the last instant of the recording. Memory does not grow with its length.
 * @throws PolicyError
 */
export async function replayEvents(parts: ReplayParts): Promise<void> {
  let replay: Replay | undefined;
  for await (const instant of instantsOf(parts.recording)) {
    replay ??= new Replay(parts, instant[0].atMs);
    replay.pass(instant);
  }
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

  constructor({ onEvent, provider, vmIdOf }: ReplayParts, startMs: number) {
    const setup = provider.setup();
    this.#host = new LeapingHost(startMs);
    this.#clock = new WallClock(this.#host);
    this.#autoActivate = setup.settings.autoActivate;
    this.#queue = new EventQueue({
      clock: this.#clock,
      provider: new Provider(
        {
          ...setup,
          // A node that was lost was out of all windows until it was back.
          settings: { ...setup.settings, assumedRepairMs: Number.POSITIVE_INFINITY },
          vmIdOf: (id, instance) => vmIdOf(id, instance) ?? `${id}/${instance}`,
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

  /** Goes on to the instant of these events, and through it. */
  pass(instant: Instant): void {
    const [{ atMs }] = instant;
    this.#feed(
      atMs,
      inputsOf(instant, this.#autoActivate).flatMap((input) => this.#stepsOf(input)),
    );
    this.#host.leapTo(atMs);
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
