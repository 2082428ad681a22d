// One door for both wires: who may call, what is called, now or as a task. Only the master lets anybody in.
import type { XapiValue } from './data-model.ts';
import { ToolstackGone, XapiFailure } from './errors.ts';
import type { Injections } from './injections.ts';
import type { Node } from './nodes.ts';
import type { Toolstack } from './toolstack.ts';
import { type Call, readArguments, type Verb, type Verbs } from './verbs.ts';
import type { Outcome, Request } from './wire/request.ts';

const ASYNC = 'Async.';
const LOGIN = 'session.login_with_password';

export class Dispatcher {
  readonly #toolstack: Toolstack;
  readonly #verbs: Verbs;
  readonly #injections: Injections;
  readonly #calls = new Map<string, number>();

  constructor(toolstack: Toolstack, verbs: Verbs, injections: Injections) {
    this.#toolstack = toolstack;
    this.#verbs = verbs;
    this.#injections = injections;
  }

  /** How often clients have called a method, `Async.` or not. */
  calls(method: string): number {
    return this.#calls.get(method) ?? 0;
  }

  /**
   * Serves a call that came in at a node. `gone` is aborted when its client is.
   * @throws ToolstackGone when there is nobody left to answer
   */
  async handle(node: Node, request: Request, gone: AbortSignal): Promise<Outcome> {
    if (node.emergency !== undefined) return { kind: 'emergency', failure: node.emergency };
    try {
      const { type, value } = await this.#serve(node, request, gone);
      return { kind: 'success', type, value };
    } catch (error) {
      if (error instanceof XapiFailure) return { kind: 'failure', failure: error };
      if (error instanceof ToolstackGone) throw error;
      return { kind: 'failure', failure: new XapiFailure('INTERNAL_ERROR', String(error)) };
    }
  }

  async #serve(
    node: Node,
    { method, params }: Request,
    gone: AbortSignal,
  ): Promise<{ readonly type: string; readonly value: XapiValue }> {
    if (method === 'system.listMethods') return { type: 'set string', value: this.#methods() };
    const { nodes } = this.#toolstack;
    if (node !== nodes.master) throw new XapiFailure('HOST_IS_SLAVE', nodes.master.address);
    if (method === LOGIN) {
      this.#count(LOGIN);
      return { type: 'ref session', value: await this.#login(node, params) };
    }

    const isAsync = method.startsWith(ASYNC);
    const name = isAsync ? method.slice(ASYNC.length) : method;
    const verb = Object.hasOwn(this.#verbs, name) ? this.#verbs[name] : undefined;
    if (verb === undefined) throw new XapiFailure('MESSAGE_METHOD_UNKNOWN', method);
    this.#count(name);
    const [session, ...given] = params;
    const args = readArguments(name, verb, given);
    const sessionEnd = this.#toolstack.sessions.admit(String(session ?? ''), name, verb.role);
    const job = {
      method: name,
      session: String(session),
      result: verb.result,
      run: this.#withInjections(name, verb, args),
    };
    if (isAsync) return { type: 'ref task', value: this.#toolstack.tasks.start(job, node.host) };
    // A wait for events ends with its session or its client; anything else that has begun is carried through.
    const ends = name === 'event.from' ? AbortSignal.any([sessionEnd, gone]) : undefined;
    return { type: verb.result, value: await this.#toolstack.tasks.runNow(job, ends) };
  }

  #withInjections(
    method: string,
    verb: Verb,
    args: readonly XapiValue[],
  ): (call: Call) => Promise<XapiValue> {
    return async (call) => {
      this.#injections.strike(method, 'before');
      const value = await verb.run(call, args);
      this.#injections.strike(method, 'after');
      return value;
    };
  }

  #count(method: string): void {
    this.#calls.set(method, this.calls(method) + 1);
  }

  #login({ host }: Node, params: readonly XapiValue[]): Promise<XapiValue> {
    const [name, password, _version, originator = ''] = params;
    if (params.length < 2 || params.length > 4) {
      throw new XapiFailure('MESSAGE_PARAMETER_COUNT_MISMATCH', LOGIN, '4', String(params.length));
    }
    const login = {
      name: String(name),
      password: String(password),
      originator: String(originator),
      host,
    };
    const { sessions, tasks } = this.#toolstack;
    const run = ({ signal }: { readonly signal: AbortSignal }) => sessions.login(login, signal);
    return tasks.runNow({ method: LOGIN, session: '', result: 'ref session', run }, undefined);
  }

  #methods(): string[] {
    const names = Object.keys(this.#verbs);
    const changing = names.filter((name) => !/\.get_|^event\.|^session\./.test(name));
    return ['system.listMethods', LOGIN, ...names, ...changing.map((name) => `${ASYNC}${name}`)].sort();
  }
}
