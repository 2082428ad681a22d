// The people of a story, over REST: they ask again when no answer came, with the key of the request where it has one, and look first where it has
// none. They remember every promise, and object to answers that a service must not give.
import type { PromisedReservation, Promises, Stage } from './promises.ts';
import type { Deed, Errand, Reserve } from './service-story.ts';
import type { WorldTime } from './world-time.ts';

// biome-ignore lint/suspicious/noExplicitAny: JSON of the API, which clients take apart
type Json = any;

export interface Answer {
  readonly status: number;
  readonly body: Json;
}

export interface Call {
  readonly who: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: object;
  readonly key?: string;
}

export interface ClientParts {
  readonly time: WorldTime;
  /** What their clocks say. */
  readonly dayMs: () => number;
  readonly promises: Promises;
  /** Undefined: no answer came. */
  readonly send: (call: Call) => Promise<Answer | undefined>;
  readonly wrong: (what: string) => void;
  readonly userIds: readonly number[];
  readonly nodeIds: readonly string[];
}

const SECOND = 1_000;
/** So often a client asks before it gives up. */
const MOST_TRIES = 25;
const LONGEST_PAUSE_MS = 20 * SECOND;

/** Refusals that a client reckons with. */
const REFUSALS: ReadonlySet<string> = new Set([
  'PEX_REQUEST_FAILED',
  'PEX_QUOTA_EXCEEDED',
  'PEX_INSUFFICIENT_BALANCE',
  'PEX_BAD_REQUEST',
]);

/** What a VM is meant to be after a command was taken. */
const WANTED = {
  stop: 'halted',
  start: 'running',
  pause: 'paused',
  unpause: 'running',
  suspend: 'suspended',
  resume: 'running',
  reboot: 'running',
} as const;

/** A deed that is a command to a VM. */
function isCommand(deed: Deed): deed is keyof typeof WANTED {
  return deed in WANTED;
}

/** Runs one errand to its end. @param name unique among the errands of the story */
export function runErrand(errand: Errand, name: string, parts: ClientParts): Promise<void> {
  const client = new Client(name, parts);
  switch (errand.kind) {
    case 'reserve':
      return client.reserve(errand);
    case 'deposit':
      return client.deposit(errand);
    case 'drain':
      return client.drain(errand);
  }
}

class Client {
  readonly #name: string;
  readonly #parts: ClientParts;
  #keys = 0;

  constructor(name: string, parts: ClientParts) {
    this.#name = name;
    this.#parts = parts;
  }

  async deposit({ amountMicros, atMs, hasKey, user }: Extract<Errand, { kind: 'deposit' }>): Promise<void> {
    await this.#until(atMs);
    const { promises, userIds } = this.#parts;
    const note = `deposit ${this.#name}`;
    const promised = { amountMicros, isTold: false };
    promises.deposits.set(note, promised);
    const answer = await this.#ask({
      who: 'operator',
      method: 'POST',
      path: `/accounts/${userIds[user]}/deposits`,
      body: { amountMicros, note },
      ...(hasKey ? { key: this.#newKey() } : {}),
    });
    if (answer?.status === 201) promised.isTold = true;
  }

  async drain({ atMs, forMs, node }: Extract<Errand, { kind: 'drain' }>): Promise<void> {
    await this.#until(atMs);
    const nodeId = this.#parts.nodeIds[node]!;
    await this.#takeOut(nodeId, 'drain');
    await this.#parts.time.sleep(forMs);
    await this.#takeOut(nodeId, 'enable');
  }

  async #takeOut(nodeId: string, command: 'drain' | 'enable'): Promise<void> {
    const { inService } = this.#parts.promises;
    inService.set(nodeId, new Set([true, false]));
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const path = `/nodes/${nodeId}/${command}`;
      const answer = await this.#ask({ who: 'operator', method: 'PUT', path });
      if (answer?.status !== 200) continue;
      inService.set(nodeId, new Set([command === 'enable']));
      return;
    }
  }

  async reserve(errand: Reserve): Promise<void> {
    await this.#until(errand.atMs);
    const { dayMs, time, wrong } = this.#parts;
    const { count, deeds, durationMs, options, startInMs, startsItself, type, user, waitMs } = errand;
    const who = `user${user}`;
    const request: Call = {
      who,
      method: 'POST',
      path: '/reservations',
      key: this.#newKey(),
      body: {
        type,
        duration: durationMs,
        numInstancesFixed: count,
        numInstancesOption: options,
        ...(startsItself === undefined ? {} : { startsItself }),
        ...(startInMs === 0 ? {} : { startTime: new Date(dayMs() + startInMs).toUTCString() }),
        ...(waitMs === undefined
          ? {}
          : { waitUntil: new Date(dayMs() + waitMs).toUTCString(), waitInstead: true }),
      },
    };
    const first = await this.#ask(request);
    if (first?.status !== 200) return;
    const id: string = first.body.proposal.id;
    const promised = this.#told(id, first.body.reply === 'WAITLISTED' ? 'waiting' : 'offered');
    if (first.body.reply === 'REJECT') {
      promised.endedAs = 'REJECTED';
      return;
    }
    for (const { afterMs, what } of deeds) {
      await time.sleep(afterMs);
      if (what === 'ask-again') {
        const again = await this.#ask(request);
        if (again !== undefined && JSON.stringify(again) !== JSON.stringify(first))
          wrong(
            `${this.#name} asked again with its key and got another answer: ${JSON.stringify(again)}, not ${JSON.stringify(first)}`,
          );
        continue;
      }
      const now = await this.#look(who, id);
      if (now === undefined) continue;
      if (isCommand(what)) await this.#commandVm(who, promised, what);
      else await this.#negotiate(who, promised, { what, now });
    }
  }

  async #negotiate(
    who: string,
    promised: PromisedReservation,
    { now, what }: { what: Exclude<Deed, keyof typeof WANTED | 'ask-again'>; now: Json },
  ): Promise<void> {
    const id = promised.reservationId;
    const path = `/reservations/${id}`;
    const put = (body: object) => this.#ask({ who, method: 'PUT', path, body });
    switch (what) {
      case 'confirm': {
        if (now.status === 'COUNTERED') await put({ reply: 'ACCEPT' });
        const answer = await put({ reply: 'CONFIRM' });
        if (answer?.status === 200 && answer.body.reply === 'REQUEST_SUCCESS') this.#told(id, 'confirmed');
        // Nobody knows: whoever looks knows.
        if (answer === undefined) await this.#look(who, id);
        return;
      }
      case 'decline': {
        const answer = await put({ reply: 'REJECT' });
        if (answer?.status === 200) promised.endedAs = 'REJECTED';
        return;
      }
      case 'activate': {
        const answer = await this.#ask({ who, method: 'PUT', path: `${path}/activate` });
        if (answer?.status === 200) this.#told(id, 'activated');
        return;
      }
      case 'cancel': {
        const answer = await this.#ask({ who, method: 'DELETE', path });
        if (answer?.status === 200) promised.endedAs = 'CANCELLED';
        return;
      }
      case 'extend': {
        const key = this.#newKey();
        const body = { duration: now.duration + 60 * SECOND };
        const offer = await this.#ask({ who, method: 'POST', path: `${path}/change`, body, key });
        if (offer?.status !== 200 || offer.body.reply !== 'ACCEPT') return;
        const answer = await this.#ask({
          who,
          method: 'PUT',
          path: `${path}/change`,
          body: { reply: 'CONFIRM' },
        });
        if (answer?.status === 200 && answer.body.reply === 'REQUEST_SUCCESS')
          promised.durationMs = body.duration;
        else if (answer === undefined) delete promised.durationMs;
        return;
      }
      case 'claim':
        await this.#ask({
          who,
          method: 'POST',
          path: `${path}/claim`,
          body: { count: 1 },
          key: this.#newKey(),
        });
    }
  }

  async #commandVm(
    who: string,
    { reservationId, wanted }: PromisedReservation,
    command: keyof typeof WANTED,
  ): Promise<void> {
    const listed = await this.#ask({ who, method: 'GET', path: `/reservations/${reservationId}/instances` });
    const vms: { vmID: string; status: string }[] = listed?.status === 200 ? listed.body : [];
    const vm = vms.find(({ status }) => status !== 'DELETED');
    if (vm === undefined) return;
    const before = wanted.get(vm.vmID) ?? new Set(['running']);
    wanted.set(vm.vmID, new Set([...before, WANTED[command]]));
    const answer = await this.#ask({ who, method: 'PUT', path: `/instances/${vm.vmID}/${command}` });
    if (answer === undefined) return;
    wanted.set(vm.vmID, answer.status === 200 ? new Set([WANTED[command]]) : before);
  }

  /** What is read is a promise as well. */
  async #look(who: string, id: string): Promise<Json | undefined> {
    const answer = await this.#ask({ who, method: 'GET', path: `/reservations/${id}` });
    if (answer?.status !== 200) return undefined;
    const { status } = answer.body;
    if (status === 'CONFIRMED') this.#told(id, 'confirmed');
    if (status === 'ACTIVATED') this.#told(id, 'activated');
    return answer.body;
  }

  /**
   * Asks until there is an answer that says what came of it. Without a key only what was surely not carried out is asked again.
   * @returns undefined when it may have been carried out or not, or when nobody answers for long
   */
  async #ask(call: Call): Promise<Answer | undefined> {
    const { send, time } = this.#parts;
    const isSafe = call.key !== undefined || call.method === 'GET';
    let pauseMs = SECOND;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const answer = await send(call);
      if (answer !== undefined && answer.status !== 503) {
        this.#judge(call, answer);
        return answer;
      }
      const isKnown = answer?.body.code === 'PEX_UNAVAILABLE';
      if (!isSafe && !isKnown) return undefined;
      await time.sleep(pauseMs);
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    }
    return undefined;
  }

  #judge({ method, path, who }: Call, { body, status }: Answer): void {
    if (status < 300 || REFUSALS.has(body.code)) return;
    this.#parts.wrong(`${who} ${method} ${path} was answered ${status} ${JSON.stringify(body)}`);
  }

  #told(reservationId: string, stage: Stage): PromisedReservation {
    const { promises } = this.#parts;
    const promised = promises.reservation(reservationId);
    promises.reached(promised, stage);
    promises.successes += 1;
    return promised;
  }

  #newKey(): string {
    this.#keys += 1;
    return `${this.#name}-${this.#keys}`;
  }

  /** @param atMs since the beginning of the story */
  async #until(atMs: number): Promise<void> {
    const { time } = this.#parts;
    await time.sleep(Math.max(0, time.startMs + atMs - time.now()));
  }
}
