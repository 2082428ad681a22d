// Stories: who does what at what time, told to a real provider with a simulated hypervisor on a virtual clock. An auditor listens to
// every story, so that none can break a promise unnoticed; the timeline is what a reviewer reads.
//
//     const story = tell({ nodes: [node('n1', 4)] });
//     story.at('09:00').request('alice', { start: '10:00', duration: '2h', instances: 4 });
//     story.at('09:01').confirm('alice');
//     expect(story.run().timeline()).toMatchInlineSnapshot();
import assert from 'node:assert/strict';
import { VirtualClock } from '../../engine/clock/virtual-clock.ts';
import type { Dispatcher } from '../../engine/hypervisor/dispatcher.ts';
import { SimulatedHypervisor } from '../../engine/hypervisor/simulated/simulated-hypervisor.ts';
import {
  type ChangeAnswer,
  type ClusterSpec,
  type Command,
  type Commit,
  type DomainEvent,
  EventQueue,
  type FaultSettings,
  type HypervisorSettings,
  type LeaseKind,
  type NodeSpec,
  Phase,
  type Proposal,
  Provider,
  type ProviderPolicies,
  type ProviderReply,
  type ProviderSettings,
  type ProviderSetup,
  type ReplyTo,
  type Resources,
  Rng,
  type SimulatedProvider,
  type UserReply,
} from '../../engine/index.ts';
import type { PlanCheck } from '../../engine/provider/plan/applier.ts';
import { scheduleProvisioning } from '../../engine/simulation/provisioning.ts';
import { Auditor } from '../../experiments/fuzz/auditor.ts';
import { parseInstant } from '../../written/instant.ts';
import { parseDuration } from '../../written/time-text.ts';
import { node, provider } from './setup.ts';
import { TimelineText } from './timeline-text.ts';

/** The papers' table of instance types. */
export const TYPES: Readonly<Record<string, Resources>> = {
  SMALL: { milliCpus: 1000, memoryMib: 768, diskGib: 10 },
  MEDIUM: { milliCpus: 2000, memoryMib: 1536, diskGib: 20 },
  LARGE: { milliCpus: 3000, memoryMib: 2560, diskGib: 40 },
  XLARGE: { milliCpus: 4000, memoryMib: 3584, diskGib: 60 },
};

/** Everything has a quiet default: two nodes of 4 CPUs, instant operations, no faults, holds of ten minutes. */
export interface StorySettings {
  readonly nodes?: readonly NodeSpec[];
  readonly sharedDiskGib?: number;
  readonly resources?: ClusterSpec['resources'];
  /** The day on which the story begins, at midnight UTC: "2009-08-17". */
  readonly day?: string;
  readonly manager?: Partial<ProviderSettings>;
  readonly hypervisor?: Partial<HypervisorSettings>;
  readonly faults?: Partial<FaultSettings>;
  readonly policies?: Partial<ProviderPolicies>;
  /** How long the guests of a user run before they shut down by themselves. */
  readonly guests?: Readonly<Record<string, string>>;
  readonly seed?: number;
  /** Absent: those that OpenPEX ships. */
  readonly leaseKinds?: readonly LeaseKind[];
  /** Sees every commit as it is recorded. */
  readonly onCommit?: (commit: Commit) => void;
  /** Stands in for the provider. */
  readonly providerOf?: (setup: ProviderSetup) => Provider;
  /** Refuses plans. */
  readonly planCheck?: PlanCheck;
  /** Puts something between the provider and the hypervisor. */
  readonly dispatcher?: (hypervisor: Dispatcher) => Dispatcher;
}

/** What a user asks for. Times are "HH:MM[:SS]" on the first day, "+1d HH:MM", an ISO date or instant, or milliseconds. */
export interface Terms {
  /** Default: now. */
  readonly start?: Time;
  /** "90m"; default one hour. */
  readonly duration?: string;
  readonly type?: keyof typeof TYPES & string;
  /** Of one instance; default: that of the type. */
  readonly demand?: Resources;
  /** Which nodes the user would have. */
  readonly preference?: Proposal['preference'];
  /** Default: debian. */
  readonly template?: string;
  readonly instances?: number;
  readonly options?: number;
  readonly earliest?: Time;
  readonly maxPriceMicros?: number;
  /** Of the lease; default: advance. */
  readonly kind?: string;
  /** What the user takes as well. */
  readonly deadline?: Time;
  readonly latestStart?: Time;
  readonly minDuration?: string;
  readonly minInstances?: number;
  readonly startsItself?: boolean;
  readonly startSlides?: boolean;
  /** The user waits for room until then. */
  readonly waitUntil?: Time;
  /** Rather than hear a counter-offer. */
  readonly waitInstead?: boolean;
  readonly sites?: readonly string[];
}
/** Of those: what can be changed of what is confirmed. */
export type Change = Pick<Terms, 'start' | 'duration' | 'instances' | 'maxPriceMicros'>;
export type Time = string | number;

const STEPS_MAX = 200_000;

/** Shared by all stories, since none of its policies keeps any state. */
const QUIET = provider();

export function tell(settings: StorySettings = {}): Story {
  return new Story(settings);
}

export class Story {
  readonly clock: VirtualClock;
  readonly queue: EventQueue;
  readonly commits: Commit[] = [];
  readonly hypervisor: SimulatedHypervisor;
  readonly auditor: Auditor;
  readonly events: DomainEvent[] = [];
  readonly setup: SimulatedProvider;
  readonly #dayMs: number;
  readonly #scenes = { pending: 0 };

  constructor(settings: StorySettings) {
    const cluster: ClusterSpec = {
      nodes: settings.nodes ?? [node('n1'), node('n2')],
      ...(settings.sharedDiskGib === undefined ? {} : { sharedDiskGib: settings.sharedDiskGib }),
      ...(settings.resources === undefined ? {} : { resources: settings.resources }),
    };
    this.#dayMs = parseInstant(settings.day ?? '1970-01-01')!;
    this.clock = new VirtualClock(this.#dayMs);
    const { pricing = QUIET.policies.pricing, provisioning } = settings.policies ?? {};
    const expectsWholeRefund = pricing.policy.cancellation === undefined;
    const mayWaitForNodes = settings.policies?.recovery?.policy.stranded !== undefined;
    this.auditor = new Auditor(cluster, { expectsWholeRefund, mayWaitForNodes });
    this.hypervisor = new SimulatedHypervisor({
      clock: this.clock,
      nodes: cluster.nodes,
      settings: { ...QUIET.hypervisor, ...settings.hypervisor },
      faults: { ...QUIET.faults, ...settings.faults },
      rng: Rng.fromSeed(settings.seed ?? 1),
      guestOf: ({ reservationId }) => {
        const runTime = settings.guests?.[reservationId];
        return { runTimeMs: runTime === undefined ? Number.POSITIVE_INFINITY : duration(runTime) };
      },
    });
    scheduleProvisioning({
      clock: this.clock,
      policy: provisioning,
      seed: settings.seed ?? 1,
      target: this.hypervisor,
      everyMs: settings.hypervisor?.standby?.everyMs,
    });
    this.setup = {
      ...QUIET,
      cluster,
      settings: { ...QUIET.settings, ...settings.manager },
      policies: { ...QUIET.policies, ...settings.policies },
      ...(settings.leaseKinds === undefined ? {} : { leaseKinds: settings.leaseKinds }),
    };
    this.queue = new EventQueue({
      clock: this.clock,
      provider:
        settings.providerOf?.(this.setup) ??
        new Provider(this.setup, settings.planCheck === undefined ? {} : { planCheck: settings.planCheck }),
      dispatcher: settings.dispatcher?.(this.hypervisor) ?? this.hypervisor,
      recorder: {
        record: (commit, onRecorded) => {
          this.commits.push(commit);
          settings.onCommit?.(commit);
          for (const event of commit.events) {
            this.events.push(event);
            this.auditor.hear(event);
          }
          onRecorded();
        },
      },
    });
    this.queue.begin();
  }

  get provider(): Provider {
    return this.queue.provider;
  }

  /** A command, decided now; with its reply. */
  command<C extends Command>(command: C): ReplyTo<C> {
    return answered((onReply) => this.queue.execute(command, onReply));
  }

  /** Takes a node out of service, now. */
  drain(nodeId: string, until?: Time): void {
    if (until === undefined) this.command({ name: 'drain', nodeId });
    else this.command({ name: 'drain', nodeId, untilMs: until === 'never' ? null : this.ms(until) });
  }

  /** What is going to happen at that time, in the order in which it is told. */
  at(time: Time): Scene {
    return new Scene(this, this.ms(time), this.#scenes);
  }

  /** Commands of a user, carried out now. */
  user(name: string): User {
    return new User(this, name);
  }

  /** Tells the story to its end, and checks that nothing is left of it. */
  run(): this {
    for (let step = 0; this.#scenes.pending > 0 || !this.provider.isIdle; step++) {
      if (!this.clock.step()) break;
      assert.ok(step < STEPS_MAX, 'the story does not come to rest');
    }
    this.checkRest();
    return this;
  }

  runUntil(time: Time): this {
    this.clock.runUntil(this.ms(time));
    return this;
  }

  /** No reservation, no booking, no VM. */
  checkRest(): void {
    this.auditor.checkRest();
    assert.ok(this.provider.isIdle, 'the provider still has reservations or VMs');
    assert.equal(this.provider.calendar.bookingCount, 0, 'bookings are left on the calendar');
    assert.equal(this.hypervisor.vmCount, 0, 'VMs are left on the hypervisor');
  }

  /** What happened, one line each. */
  timeline(): string {
    return new TimelineText(this.#dayMs).of(this.events);
  }

  /** The final event of a user's session. */
  endOf(name: string) {
    return this.eventsOf('reservation-ended').find(({ reservationId }) => reservationId === name);
  }

  eventsOf<T extends DomainEvent['type']>(type: T): Extract<DomainEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<DomainEvent, { type: T }> => event.type === type);
  }

  ms(time: Time): number {
    if (typeof time === 'number') return time;
    const clockTime = /^(?:\+(\d+)d )?(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(time);
    if (clockTime !== null) {
      const [, days = 0, hours, minutes, seconds = 0] = clockTime;
      return (
        this.#dayMs +
        (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000
      );
    }
    const instant = parseInstant(time);
    assert.ok(instant !== undefined, `"${time}" is no time`);
    return instant;
  }

  proposal(terms: Terms): Proposal {
    const { earliest, instances = 1, kind, maxPriceMicros, options = 0, start, type = 'SMALL' } = terms;
    return {
      type,
      demand: terms.demand ?? TYPES[type]!,
      numInstancesFixed: instances,
      numInstancesOption: options,
      startMs: start === undefined ? this.clock.now() : this.ms(start),
      durationMs: duration(terms.duration ?? '1h'),
      template: terms.template ?? 'debian',
      ...(earliest === undefined ? {} : { earliestStartMs: this.ms(earliest) }),
      ...(maxPriceMicros === undefined ? {} : { maxPriceMicros }),
      ...(kind === undefined ? {} : { kind }),
      ...(terms.preference === undefined ? {} : { preference: terms.preference }),
      ...this.#leeway(terms),
      ...(terms.sites === undefined ? {} : { sites: terms.sites }),
      ...(terms.startsItself === undefined ? {} : { startsItself: terms.startsItself }),
      ...(terms.startSlides === undefined ? {} : { startSlides: terms.startSlides }),
      ...(terms.waitUntil === undefined
        ? {}
        : {
            waitlist: {
              untilMs: this.ms(terms.waitUntil),
              ...(terms.waitInstead === true && { instead: true as const }),
            },
          }),
    };
  }

  #leeway({ deadline, latestStart, minDuration, minInstances }: Terms): Pick<Proposal, 'leeway'> {
    const leeway = {
      ...(deadline === undefined ? {} : { deadlineMs: this.ms(deadline) }),
      ...(latestStart === undefined ? {} : { latestStartMs: this.ms(latestStart) }),
      ...(minDuration === undefined ? {} : { minDurationMs: duration(minDuration) }),
      ...(minInstances === undefined ? {} : { minInstances }),
    };
    return Object.keys(leeway).length === 0 ? {} : { leeway };
  }
}

/** A user with one session, named like the user. Commands take effect at once; their replies are returned. */
export class User {
  readonly #story: Story;
  readonly #name: string;

  constructor(story: Story, name: string) {
    this.#story = story;
    this.#name = name;
  }

  /** A session is called like the user who opens it. */
  initiate(): string {
    const name = this.#name;
    return this.#story.command({ name: 'initiate', reservationId: name, userId: name, origin: null });
  }

  /** The proposal alone, in a session that is open already. */
  propose(terms: Terms | Proposal): ProviderReply {
    const proposal = 'startMs' in terms ? terms : this.#story.proposal(terms);
    return this.#story.command({ name: 'request', reservationId: this.#name, proposal });
  }

  /** Opens a session and asks. */
  request(terms: Terms): ProviderReply {
    this.initiate();
    return this.propose(terms);
  }

  /** Asks, takes what is offered and confirms it. */
  book(terms: Terms): ProviderReply {
    const offer = this.request(terms);
    if (offer.reply === 'COUNTER') this.accept();
    return this.confirm();
  }

  accept(): ProviderReply {
    return this.#say({ reply: 'ACCEPT' });
  }

  confirm(): ProviderReply {
    return this.#say({ reply: 'CONFIRM' });
  }

  reject(reason?: string): ProviderReply {
    return this.#say({ reply: 'REJECT', ...(reason === undefined ? {} : { reason }) });
  }

  counter(terms: Terms): ProviderReply {
    return this.#say({ reply: 'COUNTER', proposal: this.#story.proposal(terms) });
  }

  /** Asks for other terms; what is left out stays. */
  change({ duration: longer, instances, maxPriceMicros, start }: Change): ProviderReply {
    return this.#story.command({
      name: 'change',
      reservationId: this.#name,
      asked: {
        ...(start === undefined ? {} : { startMs: this.#story.ms(start) }),
        ...(longer === undefined ? {} : { durationMs: duration(longer) }),
        ...(instances === undefined ? {} : { numInstancesFixed: instances }),
        ...(maxPriceMicros === undefined ? {} : { maxPriceMicros }),
      },
    });
  }

  answerChange(answer: ChangeAnswer): ProviderReply {
    return this.#story.command({ name: 'answer-change', reservationId: this.#name, answer });
  }

  activate(): ProviderReply {
    return this.#story.command({ name: 'activate', reservationId: this.#name });
  }

  cancel(): ProviderReply {
    return this.#story.command({ name: 'cancel', reservationId: this.#name });
  }

  claim(count: number): number {
    const answer = this.#story.command({ name: 'claim', reservationId: this.#name, count });
    return answer.reply === 'REQUEST_SUCCESS' ? answer.granted : 0;
  }

  #say(answer: UserReply): ProviderReply {
    return this.#story.command({ name: 'reply', reservationId: this.#name, answer });
  }
}

/** One instant of a story. What users do comes in the phase of arrivals, what happens to nodes and guests in that of faults. */
export class Scene {
  readonly #story: Story;
  readonly #timeMs: number;
  readonly #scenes: { pending: number };

  constructor(story: Story, timeMs: number, scenes: { pending: number }) {
    this.#story = story;
    this.#timeMs = timeMs;
    this.#scenes = scenes;
  }

  initiate(user: string): this {
    return this.#act((story) => story.user(user).initiate());
  }

  request(user: string, terms: Terms = {}): this {
    return this.#act((story) => story.user(user).request(terms));
  }

  propose(user: string, terms: Terms = {}): this {
    return this.#act((story) => story.user(user).propose(terms));
  }

  book(user: string, terms: Terms = {}): this {
    return this.#act((story) => story.user(user).book(terms));
  }

  accept(user: string): this {
    return this.#act((story) => story.user(user).accept());
  }

  confirm(user: string): this {
    return this.#act((story) => story.user(user).confirm());
  }

  reject(user: string, reason?: string): this {
    return this.#act((story) => story.user(user).reject(reason));
  }

  counter(user: string, terms: Terms): this {
    return this.#act((story) => story.user(user).counter(terms));
  }

  activate(user: string): this {
    return this.#act((story) => story.user(user).activate());
  }

  change(user: string, change: Change): this {
    return this.#act((story) => story.user(user).change(change));
  }

  /** Takes the change that is offered, whatever it is. */
  confirmChange(user: string): this {
    return this.#act((story) => {
      if (story.provider.reservation(user)?.change?.reply === 'COUNTER')
        story.user(user).answerChange('ACCEPT');
      story.user(user).answerChange('CONFIRM');
    });
  }

  cancel(user: string): this {
    return this.#act((story) => story.user(user).cancel());
  }

  claim(user: string, count: number): this {
    return this.#act((story) => story.user(user).claim(count));
  }

  /** Until a time; "never": nobody knows when it is back. */
  drain(nodeId: string, { until }: { readonly until?: Time } = {}): this {
    return this.#act((story) => story.drain(nodeId, until));
  }

  /** A maintenance that is called like its node, unless it has a name of its own. */
  maintain(nodeId: string, { from, until, id }: { from?: Time; until: Time; id?: string }): this {
    return this.#act((story) =>
      story.command({
        name: 'plan-maintenance',
        maintenanceId: id ?? nodeId,
        nodeId,
        fromMs: from === undefined ? story.clock.now() : story.ms(from),
        untilMs: story.ms(until),
      }),
    );
  }

  endMaintenance(maintenanceId: string): this {
    return this.#act((story) => story.command({ name: 'end-maintenance', maintenanceId }));
  }

  enable(nodeId: string): this {
    return this.#act((story) => story.command({ name: 'enable', nodeId }));
  }

  fail(nodeId: string): this {
    return this.#befall(({ hypervisor }) => hypervisor.failNode(nodeId));
  }

  return(nodeId: string): this {
    return this.#befall(({ hypervisor }) => hypervisor.returnNode(nodeId));
  }

  /** VMs are called user/number. */
  crash(vmId: string): this {
    return this.#befall(({ hypervisor }) => hypervisor.crashGuest(vmId));
  }

  hang(vmId: string): this {
    return this.#befall(({ hypervisor }) => hypervisor.hangGuest(vmId));
  }

  #act(what: (story: Story) => unknown): this {
    return this.#schedule(Phase.Arrival, what);
  }

  #befall(what: (story: Story) => unknown): this {
    return this.#schedule(Phase.Fault, what);
  }

  #schedule(phase: Phase, what: (story: Story) => unknown): this {
    this.#scenes.pending += 1;
    this.#story.clock.at(this.#timeMs, phase, () => {
      this.#scenes.pending -= 1;
      what(this.#story);
    });
    return this;
  }
}

function answered<R>(command: (onReply: (reply: R) => void) => void): R {
  const replies: R[] = [];
  command((reply) => replies.push(reply));
  assert.equal(replies.length, 1, 'every command gets exactly one reply');
  return replies[0]!;
}

function duration(text: string): number {
  const ms = parseDuration(text);
  assert.ok(ms !== undefined, `"${text}" is no duration`);
  return ms;
}
