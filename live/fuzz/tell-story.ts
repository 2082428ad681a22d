// Tells a story: people call, things go wrong, the process dies and another goes on from the database, until everything that was begun is over.
// Whatever is promised, stored, booked and running is compared all the way.
import { createHash } from 'node:crypto';
import { formatInstant } from '../../engine/index.ts';
import { loadServedProvider, type ServedProvider } from '../../scenarios/load/served-provider.ts';
import { WrittenDocument } from '../../written/document.ts';
import { LEDGER, USERS } from '../database/tables.ts';
import { loadState } from '../recorder/recovery.ts';
import { repeat } from '../replay/replay.ts';
import { Audit } from './audit.ts';
import { type Answer, type Call, runErrand } from './clients.ts';
import { EnduringHypervisor } from './enduring-hypervisor.ts';
import { type CallFault, PoolHosts } from './pool-hosts.ts';
import { Promises } from './promises.ts';
import { type ProcessParts, type Replaced, ServiceProcess } from './service-process.ts';
import { calmFromMs, type Fault, type FaultKind, providerText, type ServiceStory } from './service-story.ts';
import { SimulatedDisk, type Statement, type StatementFault } from './simulated-disk.ts';
import type { Stage } from './stage.ts';
import type { StoryHosts } from './story-hosts.ts';
import { Machine, WorldTime } from './world-time.ts';

export interface Told {
  /** What was wrong, the first time anything was; empty: nothing. */
  readonly problems: readonly string[];
  /** Of everything that happened: the same for the same story. */
  readonly digest: string;
  /** How often what happened. */
  readonly tally: Readonly<Record<string, number>>;
  /** What happened, line by line, for people. */
  readonly lines: readonly string[];
}

const START_MS = Date.parse('2026-06-01T08:00:00Z');
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** So often it is compared what is stored of VMs and what is so, unless something went wrong just now. */
const LOOK_EVERY_MS = 20 * SECOND;
const QUIET_AFTER_MS = MINUTE;
/** Enough for some reservations. */
const STARTING_MICROS = 5_000_000;
/** An operator who was not heard says it again. */
const TRUST_AGAIN_MS = 20 * SECOND;
/** A supervisor starts again what has ended. */
const RESTART_MS = 5 * SECOND;
/** After it a client does not wait for an answer any more. */
const PATIENCE_MS = 30 * SECOND;
/** The clock of a machine may be off as far without anybody noticing, twice over. */
const TOLERATED_MS = 2 * MINUTE + 5 * SECOND;
/** In so long after the last disturbance everything comes to its end. */
const LONGEST_REST_MS = 6 * HOUR;

export async function tellStory(stage: Stage, story: ServiceStory, replaced: Replaced = {}): Promise<Told> {
  const yaml = providerText(story);
  const provider = await loadServedProvider(WrittenDocument.parse(yaml, 'a story'), {});
  const telling = new Telling({ stage, story, provider, yaml, replaced });
  try {
    return await telling.tell();
  } finally {
    await telling.close();
  }
}

interface TellingParts {
  readonly stage: Stage;
  readonly story: ServiceStory;
  readonly provider: ServedProvider;
  readonly yaml: string;
  readonly replaced: Replaced;
}

/** A fault that waits for its statement or its reply. */
interface Armed {
  readonly fault: Fault;
  left: number;
}

class Telling {
  readonly #parts: TellingParts;
  readonly #time = new WorldTime(START_MS);
  readonly #machine: Machine;
  readonly #hosts: StoryHosts;
  /** Where there is one: `#hosts`. */
  readonly #pool: PoolHosts | undefined;
  readonly #disk: SimulatedDisk;
  readonly #promises = new Promises();
  readonly #audit: Audit;
  readonly #problems: string[] = [];
  readonly #tally: Record<string, number> = {};
  readonly #hash = createHash('sha256');
  readonly #lines: string[] = [];
  readonly #userIds = new Map<string, number>();
  /** Callers who wait for an answer of the process that lives. */
  readonly #callers = new Set<() => void>();
  #armed: Armed[] = [];
  #process: ServiceProcess | undefined;
  #isAway = false;
  #ids = 0;
  #errandsLeft: number;
  #downMs = 0;
  #isToLook = false;
  /** What was disturbed last has had its time to come right. */
  #quietFromMs = START_MS;

  constructor(parts: TellingParts) {
    const { provider, stage, story } = parts;
    this.#parts = parts;
    this.#machine = new Machine(
      this.#time,
      story.faults.some(({ kind }) => kind === 'clock-jump' || kind === 'clock-set'),
    );
    this.#pool =
      story.hypervisor === 'xapi'
        ? new PoolHosts({
            time: this.#time,
            provider,
            faultOf: () => this.#faultOfCall(),
            onDeath: () => this.#process?.kill(),
          })
        : undefined;
    this.#hosts = this.#pool ?? new EnduringHypervisor(this.#time, provider);
    this.#disk = new SimulatedDisk({
      time: this.#time,
      template: stage.template,
      faultOf: (statement) => this.#faultOf(statement),
      onDeath: () => this.#process?.kill(),
    });
    this.#audit = new Audit(
      this.#promises,
      provider.cluster.nodes.map(({ capacity, nodeId }) => ({ nodeId, ...capacity })),
      { sendsImages: story.images !== undefined },
    );
    this.#errandsLeft = story.errands.length;
  }

  async tell(): Promise<Told> {
    const { story } = this.#parts;
    await this.#enterUsers();
    this.#begin();
    await this.#time.settle();
    const nodeIds = this.#parts.provider.cluster.nodes.map(({ nodeId }) => nodeId);
    const people = {
      time: this.#time,
      dayMs: () => this.#machine.rightNow(),
      promises: this.#promises,
      send: (call: Call) => this.#send(call),
      wrong: (what: string) => this.#wrong(what),
      userIds: Array.from({ length: story.users }, (_, user) => this.#userIds.get(`user${user}`)!),
      nodeIds,
    };
    for (const [number, errand] of story.errands.entries()) {
      runErrand(errand, `errand-${number + 1}`, people).then(
        () => {
          this.#errandsLeft -= 1;
        },
        (error: unknown) => this.#wrong(`a client fails: ${String(error)}`),
      );
    }
    this.#lookNowAndThen();
    for (const fault of story.faults) this.#time.after(fault.atMs, () => this.#strike(fault));
    const calmMs = START_MS + calmFromMs(story);
    await this.#goOnUntil(calmMs);
    this.#armed = [];
    if (this.#isWell()) await this.#rest(calmMs);
    if (this.#isWell()) await this.#checkReplay();
    await this.#stopTheProcess();
    return {
      problems: this.#problems,
      digest: this.#hash.digest('hex'),
      tally: this.#tally,
      lines: this.#lines,
    };
  }

  async close(): Promise<void> {
    this.#parts.stage.serve(undefined, new Map());
    this.#hosts.close();
    await this.#disk.remove();
  }

  #isWell(): boolean {
    return this.#problems.length === 0;
  }

  /** The first is what a story is about. */
  #wrong(what: string): void {
    this.#note(`WRONG: ${what}`);
    this.#problems.push(what);
  }

  #note(what: string): void {
    const line = `${formatInstant(this.#time.now())} ${what}`;
    this.#hash.update(`${line}\n`);
    this.#lines.push(line);
  }

  #count(what: string): void {
    this.#tally[what] = (this.#tally[what] ?? 0) + 1;
  }

  // Time

  /** From timer to timer, until that instant or until something is wrong. */
  async #goOnUntil(untilMs: number): Promise<void> {
    const { clock } = this.#time;
    for (;;) {
      await this.#time.settle();
      if (this.#process?.isDead) await this.#buryProcess();
      if (this.#isToLook) await this.#lookWhereItIsQuiet();
      if (!this.#isWell() || clock.nextTimeMs > untilMs) return;
      clock.step();
    }
  }

  /** Nothing is disturbed any more: everything comes to its end, and nothing is left. */
  async #rest(calmMs: number): Promise<void> {
    let isOver = false;
    for (let untilMs = calmMs; untilMs <= calmMs + LONGEST_REST_MS; untilMs += 20 * MINUTE) {
      const wasOver = isOver;
      // A fault that waited for its statement may have struck late.
      await this.#goOnUntil(Math.max(untilMs, this.#quietFromMs));
      if (!this.#isWell()) return;
      await this.#checkStored();
      await this.#checkDelivery();
      isOver =
        this.#errandsLeft === 0 &&
        this.#audit.openReservations.length === 0 &&
        this.#hosts.look().length === 0;
      const left = this.#hosts.leftovers();
      // What its VM left just now is taken away soon.
      if (wasOver) for (const what of left) this.#wrong(`${what} is left`);
      if ((isOver && left.length === 0) || !this.#isWell()) return;
    }
    for (const id of this.#audit.openReservations) this.#wrong(`${id} never ends`);
    for (const { state, vmId } of this.#hosts.look())
      this.#wrong(`VM ${vmId} of ${this.#hosts.reservationOf(vmId)} is left ${state}`);
    if (this.#errandsLeft > 0) this.#wrong(`${this.#errandsLeft} clients wait for ever`);
  }

  #lookNowAndThen(): void {
    this.#time.after(LOOK_EVERY_MS, () => {
      this.#isToLook = true;
      this.#lookNowAndThen();
    });
  }

  // The process

  async #enterUsers(): Promise<void> {
    const database = this.#disk.quiet;
    const names = [
      'operator',
      ...Array.from({ length: this.#parts.story.users }, (_, user) => `user${user}`),
    ];
    for (const username of names) {
      const { userId } = await USERS.create(database.knex, {
        username,
        password: '',
        fullName: username,
        email: `${username}@example.org`,
        role: username === 'operator' ? 'operator' : 'user',
        kind: 'person',
        disabled: false,
        balanceMicros: STARTING_MICROS,
        quota: null,
        createdMs: START_MS,
        deletedMs: null,
      });
      const deposit = { kind: 'deposit', amountMicros: STARTING_MICROS, note: 'starting balance' } as const;
      await LEDGER.insert(database.knex, [{ userId, atMs: START_MS, reservationId: null, ...deposit }]);
      this.#userIds.set(username, userId);
    }
  }

  #begin(): void {
    const { provider, replaced, stage, yaml } = this.#parts;
    const parts: ProcessParts = {
      provider,
      machine: this.#machine,
      disk: this.#disk,
      hosts: this.#hosts,
      newId: () => this.#newId(),
      replaced,
    };
    const begun = new ServiceProcess(parts);
    this.#process = begun;
    stage.serve(begun, this.#userIds);
    begun.service.events$.subscribe(({ event }) => {
      if (begun.isDead) return;
      this.#note(`event ${event.seq} ${event.type} ${JSON.stringify(event)}`);
      const nowMs = this.#machine.rightNow();
      if (event.atMs - nowMs > TOLERATED_MS)
        this.#wrong(`${event.type} is of ${formatInstant(event.atMs)}, and it is ${formatInstant(nowMs)}`);
      if (event.type === 'vm-state-changed' && event.cause === 'guest-shutdown')
        this.#wrong(`VM ${event.vmId} is said to be done, and no guest of a story ever is`);
    });
    begun.start(yaml).catch((error: unknown) => {
      if (begun.isDead) return;
      this.#note(`cannot start: ${error instanceof Error ? error.message : String(error)}`);
      this.#count('failed starts');
      this.#downMs = RESTART_MS;
      begun.kill();
    });
  }

  #newId(): string {
    this.#ids += 1;
    const number = this.#ids.toString(16).padStart(12, '0');
    return `00000000-0000-4000-8000-${number}`;
  }

  async #stopTheProcess(): Promise<void> {
    if (this.#process === undefined) return;
    this.#process.kill();
    this.#process = undefined;
    await this.#disk.bury();
  }

  /** It is dead, and everything that it had begun has come to rest. */
  async #buryProcess(): Promise<void> {
    this.#process = undefined;
    this.#parts.stage.serve(undefined, this.#userIds);
    await this.#disk.bury();
    const callers = [...this.#callers];
    this.#callers.clear();
    for (const noAnswer of callers) noAnswer();
    await this.#checkStored();
    this.#time.after(this.#downMs, () => {
      if (this.#process !== undefined) return;
      // A machine that starts asks somebody for the time.
      this.#machine.setRight();
      this.#begin();
    });
  }

  // What goes wrong

  #strike(fault: Fault): void {
    switch (fault.kind) {
      case 'crash':
        if (this.#process === undefined) return;
        this.#struck(fault);
        this.#downMs = fault.downMs;
        this.#process.kill();
        return;
      case 'database-away':
        this.#struck(fault);
        this.#isAway = true;
        this.#time.after(fault.forMs, () => {
          this.#isAway = false;
        });
        return;
      case 'node-loss': {
        this.#struck(fault);
        const { nodeId } = this.#parts.provider.cluster.nodes[fault.node % this.#parts.story.nodes]!;
        this.#hosts.failNode(nodeId);
        this.#time.after(fault.forMs, () => this.#hosts.returnNode(nodeId));
        return;
      }
      case 'blind-look':
        this.#struck(fault);
        this.#hosts.isBlind = true;
        this.#downMs = 0;
        this.#process?.kill();
        this.#time.after(fault.forMs, () => {
          this.#hosts.isBlind = false;
        });
        return;
      case 'outside-stop':
        if (this.#hosts.stopFromOutside(fault.vm)) this.#struck(fault);
        return;
      case 'clock-set':
        this.#struck(fault);
        this.#machine.setBy(fault.byMs);
        this.#time.after(fault.forMs, () => void this.#trustClock());
        return;
      case 'clock-jump':
        this.#struck(fault);
        this.#machine.setBy(fault.byMs);
        this.#time.after(fault.forMs, () => this.#machine.setRight());
        return;
      case 'pool-away':
      case 'slow-pool':
      case 'stalled-events':
      case 'master-change':
      case 'toolstack-crash':
      case 'lost-tasks':
      case 'guest-crash':
        if (this.#pool?.strike(fault)) this.#struck(fault);
        return;
      default:
        this.#armed.push({ fault, left: fault.skip });
    }
  }

  /**
   * Until the service goes on: with a clock that went back far, not before it has come to what is stored. A machine that started anew in between asked
   * for the time, and is as it was.
   */
  async #trustClock(): Promise<void> {
    for (;;) {
      const answer = await this.#send({ who: 'operator', method: 'PUT', path: '/clock/trust' });
      if (answer?.status === 200) {
        const { state } = answer.body;
        if (state !== 'running') this.#wrong(`the clock is trusted, and the service is ${state}`);
        break;
      }
      await this.#time.sleep(TRUST_AGAIN_MS);
    }
    this.#machine.keep();
    this.#quietFromMs = Math.max(this.#quietFromMs, this.#time.now() + QUIET_AFTER_MS);
  }

  #struck(fault: Fault): void {
    const { kind } = fault;
    const lastsMs =
      'forMs' in fault ? fault.forMs : 'downMs' in fault ? fault.downMs : 'ms' in fault ? fault.ms : 0;
    this.#quietFromMs = Math.max(this.#quietFromMs, this.#time.now() + lastsMs + QUIET_AFTER_MS);
    this.#note(`fault ${kind}`);
    this.#count(kind);
  }

  /** The first fault that waits for such a thing, when it has waited for enough of them. */
  #take(kinds: readonly FaultKind[]): Fault | undefined {
    const index = this.#armed.findIndex(({ fault }) => kinds.includes(fault.kind));
    const armed = this.#armed[index];
    if (armed === undefined) return undefined;
    armed.left -= 1;
    if (armed.left >= 0) return undefined;
    this.#armed.splice(index, 1);
    this.#struck(armed.fault);
    return armed.fault;
  }

  #faultOf({ isCommit, isWithin }: Statement): StatementFault | undefined {
    this.#count('statements');
    if (this.#isAway) return { kind: 'refused' };
    const kinds: FaultKind[] = ['crash-in-commit'];
    if (isCommit) kinds.push('lost-commit', 'lost-answer', 'late-commit', 'slow-commit');
    if (isWithin) kinds.push('torn-commit');
    const fault = this.#take(kinds);
    switch (fault?.kind) {
      case 'crash-in-commit':
        this.#downMs = fault.downMs;
        return { kind: fault.when === 'before' ? 'dies-before' : 'dies-after' };
      case 'lost-commit':
      case 'torn-commit':
        return { kind: 'fails' };
      case 'lost-answer':
        return { kind: 'unanswered' };
      case 'late-commit':
        return { kind: 'late', ms: fault.ms };
      case 'slow-commit':
        return { kind: 'slow', ms: fault.ms };
      default:
        return undefined;
    }
  }

  #faultOfCall(): CallFault | undefined {
    this.#count('calls of the pool');
    const fault = this.#take(['crash-in-call', 'lost-pool-answer']);
    if (fault?.kind !== 'crash-in-call') return fault === undefined ? undefined : 'unanswered';
    this.#downMs = fault.downMs;
    return fault.when === 'before' ? 'dies-before' : 'dies-after';
  }

  // Calls

  #send(call: Call): Promise<Answer | undefined> {
    return new Promise((resolve) => {
      let isOver = false;
      const end = (answer: Answer | undefined, how: string) => {
        if (isOver) return;
        isOver = true;
        this.#callers.delete(noAnswer);
        this.#count('calls');
        this.#note(`${call.who} ${call.method} ${call.path} ${call.key ?? ''}: ${how}`);
        resolve(answer);
      };
      const noAnswer = () => end(undefined, 'no answer');
      const process = this.#process;
      if (process === undefined || process.isDead) {
        end(undefined, 'nobody listens');
        return;
      }
      this.#callers.add(noAnswer);
      this.#time.after(PATIENCE_MS, noAnswer);
      this.#time.stir();
      this.#parts.stage.call(call).then(
        (answer) => {
          this.#time.stir();
          // A dead process says nothing more; its callers are told at the burial.
          if (process.isDead) return;
          if (this.#take(['lost-reply']) !== undefined) noAnswer();
          else end(answer, `${answer.status} ${answer.body.code ?? answer.body.reply ?? ''}`);
        },
        (error: unknown) => {
          if (!process.isDead) this.#wrong(`the API fails: ${String(error)}`);
        },
      );
    });
  }

  // Checks

  async #checkStored(): Promise<void> {
    const database = this.#disk.quiet;
    const { lastSeq } = await loadState(database);
    if (lastSeq === 0) return;
    for (const problem of await this.#audit.check(database)) this.#wrong(problem);
    for (let user = 0; user < this.#parts.story.users; user++) {
      const count = this.#audit.countOf(this.#userIds.get(`user${user}`)!);
      const asked = this.#parts.story.errands.filter(
        (errand) => errand.kind === 'reserve' && errand.user === user,
      ).length;
      if (count > asked) this.#wrong(`user${user} asked for ${asked} reservations, and has ${count}`);
    }
  }

  /** In quiet times what is stored of VMs is so, and every VM belongs to somebody. */
  async #checkDelivery(): Promise<void> {
    const database = this.#disk.quiet;
    const rows: { vm_id: string; status: string; node_name: string | null }[] = await database
      .reads('instances')
      .select('vm_id', 'status', 'node_name')
      .whereNot('status', 'DELETED');
    const real = new Map(this.#hosts.look().map((vm) => [vm.vmId, vm]));
    for (const { status, vm_id: vmId } of rows) {
      const vm = real.get(vmId);
      real.delete(vmId);
      if (this.#hosts.isBusy(vmId)) continue;
      if (status === 'RUNNING' && vm?.state !== 'RUNNING')
        this.#wrong(`VM ${vmId} is stored RUNNING, and is ${vm?.state ?? 'not there'}`);
      if (status === 'HALTED' && vm?.state === 'RUNNING')
        this.#wrong(`VM ${vmId} is stored HALTED, and runs`);
    }
    for (const { state, vmId } of real.values())
      if (!this.#hosts.isBusy(vmId))
        this.#wrong(`VM ${vmId} of ${this.#hosts.reservationOf(vmId)} is nobody's, and is ${state}`);
  }

  async #lookWhereItIsQuiet(): Promise<void> {
    this.#isToLook = false;
    const isQuiet =
      this.#time.now() >= this.#quietFromMs && this.#process?.service.status.state === 'running';
    if (isQuiet) await this.#checkDelivery();
  }

  async #checkReplay(): Promise<void> {
    const database = this.#disk.quiet;
    const { differences } = await repeat({ database, version: 'fuzz', env: {}, command: '' });
    for (const { recorded, replayed, reservationId } of differences)
      this.#wrong(`${reservationId} was decided "${recorded}", and "${replayed}" when it was repeated`);
  }
}
