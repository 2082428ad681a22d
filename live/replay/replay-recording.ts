// A recording once more through the manager: the same commands and the same news from the hypervisor at the same instants, under the
// provider's own settings. What the manager decides is its own doing again, and is compared.
import {
  type DomainEvent,
  OpenPexManager,
  type OpenPexManagerParts,
  Phase,
  WallClock,
} from '../../engine/index.ts';
import type { ServedProvider } from '../../scenarios/load/served-provider.ts';
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
export async function replayRecording(parts: ReplayParts): Promise<void> {
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
  readonly #manager: OpenPexManager;
  readonly #hypervisor = new RecordedHypervisor();
  readonly #autoActivate: boolean;
  #nextReservationId = '';

  constructor({ onEvent, provider, vmIdOf }: ReplayParts, startMs: number) {
    const setup = provider.setup();
    this.#host = new LeapingHost(startMs);
    this.#clock = new WallClock(this.#host);
    this.#autoActivate = setup.manager.autoActivate;
    const persistence: OpenPexManagerParts['persistence'] = {
      commit: (events, onCommitted) => {
        for (const event of events) onEvent(event);
        onCommitted();
      },
    };
    this.#manager = new OpenPexManager({
      clock: this.#clock,
      cluster: provider.cluster,
      settings: setup.manager,
      policies: setup.policies,
      dispatcher: this.#hypervisor,
      persistence,
      nextReservationId: () => this.#nextReservationId,
      nextVmId: (reservationId, instance) =>
        vmIdOf(reservationId, instance) ?? `${reservationId}/${instance}`,
    });
    this.#clock.setUp(() => this.#manager.begin());
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
    const manager = this.#manager;
    switch (command.kind) {
      case 'open':
        this.#nextReservationId = command.reservationId;
        manager.openReservation(command, ignore);
        break;
      case 'initiate':
        this.#nextReservationId = command.reservationId;
        manager.initiateReservation(command.userId, command.origin, ignore);
        break;
      case 'request':
        manager.requestReservation(command.reservationId, command.proposal, ignore);
        break;
      case 'reply':
        manager.reply(command.reservationId, command.answer, ignore);
        break;
      case 'activate':
        manager.activate(command.reservationId, ignore);
        break;
      case 'cancel':
        manager.cancel(command.reservationId, ignore);
        break;
      case 'claim':
        manager.claimOptions(command.reservationId, command.count, ignore);
        break;
      case 'command':
        manager.commandInstance(command.vmId, command.command, ignore);
        break;
      case 'drain':
        manager.drainNode(command.nodeId);
        break;
      case 'enable':
        manager.enableNode(command.nodeId);
        break;
    }
  }
}

interface Step {
  readonly phase: Phase;
  readonly act: () => void;
}

function ignore(): void {
  // What the provider replies shows in its events.
}
