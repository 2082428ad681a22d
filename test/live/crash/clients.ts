// The people who keep the daemon busy while it is killed: customers who negotiate, confirm, activate, cancel and command VMs, and an
// operator who drains nodes, lets them die and deposits money. They remember what they were told, and ask again when an answer was lost.
import type { Rng } from '../../../engine/index.ts';
import type { PromisedReservation, Promises, Stage } from '../../../live/fuzz/promises.ts';
import { NoAnswer, PASSWORD, patience } from '../../support/daemon.ts';
import { MINUTE, SECOND } from '../../support/setup.ts';

// biome-ignore lint/suspicious/noExplicitAny: JSON of the API, which these tests take apart
type Json = any;

/** An answer, or undefined when the connection broke before it came. */
type Answer = { readonly status: number; readonly body: Json } | undefined;

/** Someone who is logged in. The session outlives the daemon, as its database does. */
export class Session {
  readonly username: string;
  readonly #onAnswer: () => void;
  #url = '';
  #headers: Record<string, string> = {};

  /** @param onAnswer hears of every answer that came */
  constructor(username: string, onAnswer: () => void) {
    this.username = username;
    this.#onAnswer = onAnswer;
  }

  /** The daemon lives at this address now. */
  moveTo(url: string): void {
    this.#url = url;
  }

  async register(): Promise<number> {
    const answer = await this.ask('POST', '/accounts', {
      username: this.username,
      password: PASSWORD,
      fullName: this.username,
      email: `${this.username}@example.org`,
    });
    return this.#expect(answer, 201).userid;
  }

  async logIn(): Promise<void> {
    const response = await fetch(`${this.#url}/OpenPEX/session`, {
      method: 'POST',
      signal: patience(`${this.username} logs in`),
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: this.username, password: PASSWORD }),
    });
    const { csrfToken } = (await response.json()) as { csrfToken: string };
    const [cookie] = response.headers.getSetCookie();
    if (cookie === undefined) throw new Error(`${this.username} cannot log in: ${response.status}`);
    this.#headers = { cookie: cookie.split(';')[0]!, 'x-openpex-csrf': csrfToken };
  }

  /** @throws when it is answered with anything but success or one of the refusals that happen in a negotiation */
  async ask(method: string, path: string, body?: object, headers: object = {}): Promise<Answer> {
    let answer: { status: number; body: Json };
    try {
      const response = await fetch(`${this.#url}/OpenPEX${path}`, {
        method,
        signal: patience(`${this.username} ${method} ${path}`),
        headers: {
          ...this.#headers,
          ...headers,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      answer = { status: response.status, body: await response.json() };
    } catch (error) {
      if (error instanceof NoAnswer) throw error;
      return undefined;
    }
    this.#onAnswer();
    const isRefusal =
      answer.body.code === 'PEX_REQUEST_FAILED' ||
      answer.body.code === 'PEX_QUOTA_EXCEEDED' ||
      answer.body.code === 'PEX_INSUFFICIENT_BALANCE';
    if (answer.status >= 300 && !isRefusal) {
      throw new Error(
        `${this.username} ${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)} to ${JSON.stringify(body)}`,
      );
    }
    return answer;
  }

  /** The body of an answer that must come. */
  async get(path: string): Promise<Json> {
    return this.#expect(await this.ask('GET', path), 200);
  }

  #expect(answer: Answer, status: number): Json {
    if (answer?.status === status) return answer.body;
    throw new Error(`${this.username} expected ${status}, not ${JSON.stringify(answer)}`);
  }
}

/** What a VM is meant to be after a command was taken. */
const WANTED = {
  stop: 'halted',
  start: 'running',
  reboot: 'running',
  suspend: 'suspended',
  resume: 'running',
  delete: 'deleted',
} as const;
type Command = keyof typeof WANTED;

const MOST_OPEN = 5;

/** One strand of work of a user; several go on at a time. */
export class Customer {
  readonly #session: Session;
  readonly #rng: Rng;
  readonly #promises: Promises;
  readonly #name: string;
  #requests = 0;
  /** Sent, but not answered. */
  #unanswered: { readonly key: string; readonly body: object } | undefined;
  #open: PromisedReservation[] = [];

  constructor(parts: { session: Session; rng: Rng; promises: Promises; name: string }) {
    this.#session = parts.session;
    this.#rng = parts.rng;
    this.#promises = parts.promises;
    this.#name = parts.name;
  }

  /** @param nowMs service time, more or less */
  async act(nowMs: number): Promise<void> {
    const dice = this.#rng.next();
    if (this.#unanswered !== undefined) await this.#send(this.#unanswered);
    else if (this.#open.length === 0 || (this.#open.length < MOST_OPEN && dice < 0.4))
      await this.#request(nowMs);
    else await this.#lookAfter(this.#rng.pick(this.#open));
  }

  async #request(nowMs: number): Promise<void> {
    this.#requests += 1;
    const key = `${this.#name}-${this.#requests}`;
    const startMs = nowMs + this.#rng.integer(-1, 5) * 40 * SECOND;
    await this.#send({
      key,
      body: {
        type: this.#rng.pick(['SMALL', 'SMALL', 'MEDIUM', 'LARGE']),
        duration: this.#rng.integer(1, 10) * 30 * SECOND,
        numInstancesFixed: this.#rng.integer(1, 3),
        numInstancesOption: this.#rng.integer(0, 1),
        ...(startMs < nowMs ? {} : { startTime: new Date(startMs).toUTCString() }),
      },
    });
  }

  async #send(request: { readonly key: string; readonly body: object }): Promise<void> {
    const isRepeated = this.#unanswered !== undefined;
    this.#unanswered = request;
    const answer = await this.#session.ask('POST', '/reservations', request.body, {
      'idempotency-key': request.key,
    });
    if (answer === undefined) return;
    this.#unanswered = undefined;
    if (answer.status !== 200) return;
    if (isRepeated) this.#promises.repeated += 1;
    const promised = this.#told(answer.body.proposal.id, 'offered');
    if (answer.body.reply === 'REJECT') promised.endedAs = 'REJECTED';
    else this.#open.push(promised);
  }

  async #lookAfter(promised: PromisedReservation): Promise<void> {
    const answer = await this.#session.ask('GET', `/reservations/${promised.reservationId}`);
    if (answer === undefined) return;
    const { body: reservation } = answer;
    const dice = this.#rng.next();
    switch (reservation.status) {
      case 'ACCEPTED':
        if (dice < 0.8) await this.#reply(promised, { reply: 'CONFIRM' });
        else if (dice < 0.9) await this.#reply(promised, { reply: 'REJECT' });
        return;
      case 'COUNTERED':
        if (dice < 0.6) await this.#reply(promised, { reply: 'ACCEPT' });
        else if (dice < 0.8) await this.#reply(promised, { reply: 'COUNTER', proposal: other(reservation) });
        else if (dice < 0.9) await this.#reply(promised, { reply: 'REJECT' });
        return;
      case 'CONFIRMED':
        if (dice < 0.6) await this.#activate(promised);
        else if (dice < 0.75) await this.#cancel(promised);
        return;
      case 'ACTIVATED':
        if (!reservation.windowOpen) return;
        if (dice < 0.2) await this.#claim(promised);
        else if (dice < 0.8) await this.#commandOne(promised);
        return;
      default:
        this.#open = this.#open.filter((open) => open !== promised);
    }
  }

  async #reply(promised: PromisedReservation, body: { reply: string; proposal?: object }): Promise<void> {
    const answer = await this.#session.ask('PUT', `/reservations/${promised.reservationId}`, body);
    if (answer?.status !== 200) return;
    if (answer.body.reply === 'REQUEST_SUCCESS' && body.reply === 'CONFIRM') {
      this.#told(promised.reservationId, 'confirmed');
    } else {
      this.#told(promised.reservationId, 'offered');
    }
    if (body.reply === 'REJECT' || answer.body.reply === 'REJECT') promised.endedAs = 'REJECTED';
  }

  async #activate(promised: PromisedReservation): Promise<void> {
    const answer = await this.#session.ask('PUT', `/reservations/${promised.reservationId}/activate`);
    if (answer?.status === 200) this.#told(promised.reservationId, 'activated');
  }

  async #cancel(promised: PromisedReservation): Promise<void> {
    const answer = await this.#session.ask('DELETE', `/reservations/${promised.reservationId}`);
    if (answer?.status !== 200) return;
    this.#told(promised.reservationId, 'confirmed');
    promised.endedAs = 'CANCELLED';
  }

  async #claim({ reservationId }: PromisedReservation): Promise<void> {
    const answer = await this.#session.ask('POST', `/reservations/${reservationId}/claim`, { count: 1 });
    if (answer?.status === 200) this.#promises.successes += 1;
  }

  async #commandOne({ reservationId, wanted }: PromisedReservation): Promise<void> {
    const listed = await this.#session.ask('GET', `/reservations/${reservationId}/instances`);
    const vms: { vmID: string; status: string }[] = listed?.status === 200 ? listed.body : [];
    const alive = vms.filter(({ status }) => status !== 'DELETED');
    if (alive.length === 0) return;
    const { vmID, status } = this.#rng.pick(alive);
    const command = this.#rng.pick(commandsFor(status));
    const before = wanted.get(vmID) ?? new Set(['running']);
    // Until the answer comes both may be true.
    wanted.set(vmID, new Set([...before, WANTED[command]]));
    const [method, path] =
      command === 'delete' ? ['DELETE', `/instances/${vmID}`] : ['PUT', `/instances/${vmID}/${command}`];
    const answer = await this.#session.ask(method!, path!);
    if (answer === undefined) return;
    wanted.set(vmID, answer.status === 200 ? new Set([WANTED[command]]) : before);
    if (answer.status === 200) this.#promises.successes += 1;
  }

  #told(reservationId: string, stage: Stage): PromisedReservation {
    const promised = this.#promises.reservation(reservationId);
    this.#promises.reached(promised, stage);
    this.#promises.successes += 1;
    return promised;
  }
}

function commandsFor(status: string): readonly Command[] {
  if (status === 'HALTED') return ['start', 'delete'];
  if (status === 'SUSPENDED') return ['resume'];
  return ['stop', 'reboot', 'reboot', 'suspend'];
}

/** The terms that were offered, a little later. */
function other({ duration, numInstancesFixed, startTimeMs, type }: Json): object {
  return {
    duration,
    numInstancesFixed,
    type,
    startTime: new Date(startTimeMs + MINUTE).toUTCString(),
  };
}

/** At most one node is drained and one dead at a time. */
export class Operator {
  readonly #session: Session;
  readonly #rng: Rng;
  readonly #promises: Promises;
  readonly #nodeIds: readonly string[];
  readonly #userIds: readonly number[];
  #drained: string | undefined;
  #dead: string | undefined;

  constructor(parts: {
    session: Session;
    rng: Rng;
    promises: Promises;
    nodeIds: readonly string[];
    userIds: readonly number[];
  }) {
    this.#session = parts.session;
    this.#rng = parts.rng;
    this.#promises = parts.promises;
    this.#nodeIds = parts.nodeIds;
    this.#userIds = parts.userIds;
    for (const nodeId of this.#nodeIds) this.#promises.inService.set(nodeId, new Set([true]));
  }

  async act(): Promise<void> {
    const dice = this.#rng.next();
    if (dice < 0.5) await this.#deposit();
    else if (dice < 0.75) await this.#drainOrEnable();
    else await this.#failOrReturn();
  }

  /** Everything as it was at the beginning. */
  async tidyUp(): Promise<void> {
    if (this.#drained !== undefined) await this.#drainOrEnable();
    // A node that died in an earlier life of a simulated cluster is dead until somebody says that it is back.
    for (const nodeId of this.#nodeIds) await this.#session.ask('PUT', `/nodes/${nodeId}/return`);
    this.#dead = undefined;
  }

  async #deposit(): Promise<void> {
    const note = `deposit ${this.#promises.deposits.size + 1}`;
    const deposit = { amountMicros: this.#rng.integer(1, 1000), isTold: false };
    this.#promises.deposits.set(note, deposit);
    const path = `/accounts/${this.#rng.pick(this.#userIds)}/deposits`;
    const answer = await this.#session.ask('POST', path, { amountMicros: deposit.amountMicros, note });
    if (answer === undefined) return;
    deposit.isTold = true;
    this.#promises.successes += 1;
  }

  async #drainOrEnable(): Promise<void> {
    const { inService } = this.#promises;
    const [nodeId, command] =
      this.#drained === undefined
        ? ([this.#rng.pick(this.#nodeIds), 'drain'] as const)
        : ([this.#drained, 'enable'] as const);
    inService.set(nodeId, new Set([true, false]));
    if (command === 'drain') this.#drained = nodeId;
    const answer = await this.#session.ask('PUT', `/nodes/${nodeId}/${command}`);
    if (answer === undefined) return;
    inService.set(nodeId, new Set([command === 'enable']));
    if (command === 'enable') this.#drained = undefined;
    this.#promises.successes += 1;
  }

  async #failOrReturn(): Promise<void> {
    if (this.#dead === undefined) {
      this.#dead = this.#rng.pick(this.#nodeIds);
      await this.#session.ask('PUT', `/nodes/${this.#dead}/fail`);
    } else {
      await this.#session.ask('PUT', `/nodes/${this.#dead}/return`);
      this.#dead = undefined;
    }
  }
}
