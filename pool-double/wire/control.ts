// The switches from another process: POST /_faults with { "fault": NAME, … } turns one, GET /_inventory tells what is there.
// A port of its own, so that no client of the API comes across it.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Server } from 'node:net';
import type { Faults } from '../faults.ts';
import type { Inventory } from '../inventory.ts';
import { readBody } from './front.ts';
import { portOf } from './listener.ts';

export interface ControlOptions {
  readonly port: number;
  /** Expected as `Authorization: Bearer …` when there is one. */
  readonly token: string | undefined;
  readonly faults: Faults;
  readonly inventory: () => Inventory;
}

export interface Control {
  readonly url: string;
  close(): Promise<void>;
}

export async function openControl(options: ControlOptions): Promise<Control> {
  const server: Server = createServer((request, response) => {
    answer(options, request).then(
      (value) => reply(response, 200, value),
      (error: unknown) =>
        reply(response, error instanceof Refusal ? error.status : 400, { error: String(error) }),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: options.port }, resolve);
  });
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

function reply(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify(value ?? {}));
}

async function answer(options: ControlOptions, request: IncomingMessage): Promise<unknown> {
  const { token, faults, inventory } = options;
  if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) {
    throw new Refusal(401, 'expected the token');
  }
  if (request.method === 'GET' && request.url === '/_inventory') return inventory();
  if (request.method !== 'POST' || request.url !== '/_faults') {
    throw new Refusal(404, 'POST /_faults, GET /_inventory');
  }
  const given = new Given(JSON.parse(await readBody(request)));
  const name = given.text('fault');
  const turn = Object.hasOwn(SWITCHES, name) ? SWITCHES[name] : undefined;
  if (turn === undefined) {
    throw new Refusal(404, `no fault "${name}"; there are ${Object.keys(SWITCHES).join(', ')}`);
  }
  return turn(faults, given);
}

/** What came with a request, read field by field. */
class Given {
  readonly #fields: ReadonlyMap<string, unknown>;

  constructor(body: unknown) {
    if (typeof body !== 'object' || body === null) throw new Refusal(400, 'expected an object');
    this.#fields = new Map(Object.entries(body));
  }

  has(name: string): boolean {
    return this.#fields.has(name);
  }

  isNull(name: string): boolean {
    return this.#fields.get(name) === null;
  }

  text(name: string): string {
    const value = this.#fields.get(name);
    if (typeof value !== 'string') throw new Refusal(400, `${name}: expected a text`);
    return value;
  }

  number(name: string): number {
    const value = this.#fields.get(name);
    if (typeof value !== 'number' || !Number.isFinite(value))
      throw new Refusal(400, `${name}: expected a number`);
    return value;
  }

  flag(name: string): boolean {
    const value = this.#fields.get(name);
    if (typeof value !== 'boolean') throw new Refusal(400, `${name}: expected true or false`);
    return value;
  }

  oneOf<const T extends string>(name: string, values: readonly T[]): T {
    const text = this.text(name);
    const value = values.find((known) => known === text);
    if (value === undefined) throw new Refusal(400, `${name}: expected one of ${values.join(', ')}`);
    return value;
  }

  error(name: string): readonly [string, ...string[]] {
    const value = this.#fields.get(name);
    const texts = Array.isArray(value) ? value.map(String) : [];
    const [code, ...params] = texts;
    if (code === undefined) throw new Refusal(400, `${name}: expected [code, ...parameters]`);
    return [code, ...params];
  }
}

type Turn = (faults: Faults, given: Given) => Promise<unknown>;

const SWITCHES: Readonly<Record<string, Turn>> = {
  handOverMaster: (faults, given) => faults.handOverMaster({ host: given.text('host') }),
  crashMaster: (faults, given) =>
    faults.crashMaster(
      given.has('inFlight') ? { inFlight: given.oneOf('inFlight', ['abandoned', 'completed']) } : {},
    ),
  restartMaster: (faults) => faults.restartMaster(),
  crashHost: (faults, given) => faults.crashHost({ host: given.text('host') }),
  returnHost: (faults, given) => faults.returnHost({ host: given.text('host') }),
  setEmergency: (faults, given) =>
    faults.setEmergency({
      host: given.text('host'),
      ...(given.has('error') ? { error: given.isNull('error') ? null : given.error('error') } : {}),
    }),
  invalidateSessions: (faults) => faults.invalidateSessions(),
  stallEvents: (faults, given) => faults.stallEvents({ stalled: given.flag('stalled') }),
  slow: (faults, given) => faults.slow({ method: given.text('method'), factor: given.number('factor') }),
  fail: (faults, given) =>
    faults.fail({
      method: given.text('method'),
      error: given.error('error'),
      ...(given.has('times') ? { times: given.number('times') } : {}),
      ...(given.has('afterEffect') ? { afterEffect: given.flag('afterEffect') } : {}),
    }),
  loseTasks: (faults, given) => faults.loseTasks(given.has('method') ? { method: given.text('method') } : {}),
  leaveMemory: (faults, given) =>
    faults.leaveMemory({
      host: given.text('host'),
      freeMib: given.isNull('freeMib') ? null : given.number('freeMib'),
    }),
  fillStorage: (faults, given) =>
    faults.fillStorage({
      sr: given.text('sr'),
      freeGib: given.isNull('freeGib') ? null : given.number('freeGib'),
    }),
  setClock: (faults, given) =>
    faults.setClock({ host: given.text('host'), aheadMs: given.number('aheadMs') }),
  setCpu: (faults, given) =>
    faults.setCpu({
      host: given.text('host'),
      ...(given.has('count') ? { count: given.number('count') } : {}),
      ...(given.has('features') ? { features: given.text('features') } : {}),
    }),
  setVersion: (faults, given) =>
    faults.setVersion({ host: given.text('host'), version: given.text('version') }),
  joinHost: (faults, given) => faults.joinHost({ address: given.text('address') }),
  setStorage: (faults, given) =>
    faults.setStorage({
      sr: given.text('sr'),
      attached: given.flag('attached'),
      ...(given.has('host') ? { host: given.text('host') } : {}),
    }),
  setDeaf: (faults, given) =>
    faults.setDeaf({ deaf: given.flag('deaf'), ...(given.has('vm') ? { vm: given.text('vm') } : {}) }),
  crashGuest: (faults, given) =>
    faults.crashGuest({
      vm: given.text('vm'),
      ...(given.has('action') ? { action: given.oneOf('action', ['destroy', 'restart']) } : {}),
    }),
  shutDownInside: (faults, given) => faults.shutDownInside({ vm: given.text('vm') }),
  atAnotherConsole: (faults, given) =>
    faults.atAnotherConsole({
      vm: given.text('vm'),
      method: given.text('method'),
      ...(given.has('host') ? { host: given.text('host') } : {}),
    }),
  setNetwork: (faults, given) =>
    faults.setNetwork({ up: given.flag('up'), ...(given.has('host') ? { host: given.text('host') } : {}) }),
  setLatency: (faults, given) => faults.setLatency({ ms: given.number('ms') }),
  clear: (faults) => faults.clear(),
};
