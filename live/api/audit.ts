// The audit log: every request that changes something, every log-in, and every attempt that was refused, with who made it and in whose
// name. It is written beside the answers, within the same moment; what the database does not take is in the log of the daemon all the same.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AccountRecord, AuditRecord, NamedAuditRecord } from '../records.ts';
import { AuditEntry, AuditQuery, type CameBy } from '../wire/audit.ts';
import { ref } from '../wire/field.ts';
import { SAFE_METHODS } from './authentication.ts';
import { announcePage, pageQuery } from './pages.ts';
import type { Audit } from './stores.ts';
import { formatHttpDate } from './wire-dates.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The code of the refusal that it got; null: none. */
    refusedWith: string | null;
    /** As whom it wanted to be let in; null: it did not say. */
    triedAs: string | null;
    /** What is asked for where the address does not say it, as over EC2; null: nothing is changed. Undefined: method and address say it. */
    deed: Deed | null | undefined;
  }
}

export interface Deed {
  readonly action: string;
  readonly account: Pick<AccountRecord, 'userId' | 'username'>;
  readonly cameBy: CameBy;
}

type NewEntry = Omit<AuditRecord, 'entryId'>;

const REFUSALS: ReadonlySet<number> = new Set([401, 403, 429]);
/** Refusals that are alike are counted for so long: a flood of them is not to fill the database. */
const COUNTED_FOR_MS = 60_000;
/** Different ones in that time; beyond, they count as one. */
const MOST_DIFFERENT = 200;
const PRUNE_EVERY_MS = 3_600_000;
/** After so many entries at once there will be more: the next transaction waits for them, so that it is worth its while. */
const CROWD = 8;
const CROWD_PAUSE_MS = 50;

export class AuditLog {
  readonly #audit: Pick<Audit, 'add' | 'prune'>;
  readonly #keepMs: number;
  /** Refusals alike since the first of them, which is written. */
  readonly #counted = new Map<string, { readonly first: NewEntry; more: number }>();
  #queued: NewEntry[] = [];
  #writing: Promise<void> = Promise.resolve();
  #isWriting = false;
  #prunedMs = 0;
  /** Ends the pause of a crowd. */
  #goOn = () => {};
  #isClosing = false;

  constructor(audit: Pick<Audit, 'add' | 'prune'>, keepMs: number) {
    this.#audit = audit;
    this.#keepMs = keepMs;
  }

  observe(app: FastifyInstance): void {
    app.decorateRequest('refusedWith', null);
    app.decorateRequest('triedAs', null);
    app.decorateRequest('deed', undefined);
    app.addHook('onResponse', (request, reply, next) => {
      const entry = entryOf(request, reply);
      if (entry !== undefined && !this.#countAlike(entry)) this.#write([entry], app);
      next();
    });
    app.addHook('onClose', async () => {
      this.#isClosing = true;
      this.#goOn();
      this.#write(this.#endCounts(Number.POSITIVE_INFINITY), app);
      await this.#writing;
    });
  }

  /** @returns whether one like it was written already, and it is only counted */
  #countAlike(entry: NewEntry): boolean {
    if (entry.status < 400) return false;
    this.#queued.push(...this.#endCounts(entry.atMs));
    const { action, address, code, username } = entry;
    const isOneTooMany = this.#counted.size >= MOST_DIFFERENT;
    const own = JSON.stringify([address, username, action, code]);
    const key = isOneTooMany && !this.#counted.has(own) ? 'others' : own;
    const counted = this.#counted.get(key);
    if (counted === undefined) {
      this.#counted.set(key, { first: entry, more: 0 });
      return false;
    }
    counted.more += 1;
    return true;
  }

  /** What was counted of refusals whose time is over. */
  #endCounts(nowMs: number): NewEntry[] {
    const ended: NewEntry[] = [];
    for (const [key, { first, more }] of this.#counted) {
      if (nowMs - first.atMs < COUNTED_FOR_MS) continue;
      this.#counted.delete(key);
      if (more > 0) ended.push({ ...first, times: more });
    }
    return ended;
  }

  #write(entries: readonly NewEntry[], app: FastifyInstance): void {
    this.#queued.push(...entries);
    if (this.#isWriting || this.#queued.length === 0) return;
    this.#isWriting = true;
    this.#writing = this.#writeQueued(app).finally(() => {
      this.#isWriting = false;
    });
  }

  async #writeQueued(app: FastifyInstance): Promise<void> {
    while (this.#queued.length > 0) {
      const entries = this.#queued;
      this.#queued = [];
      try {
        await this.#audit.add(entries);
        const { atMs } = entries[0]!;
        if (atMs >= this.#prunedMs + PRUNE_EVERY_MS) {
          this.#prunedMs = atMs;
          if (Number.isFinite(this.#keepMs)) await this.#audit.prune(atMs - this.#keepMs);
        }
        if (entries.length >= CROWD && !this.#isClosing) await this.#pause();
      } catch (error) {
        app.log.warn({ err: error, entries }, 'entries of the audit log could not be stored');
      }
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, CROWD_PAUSE_MS);
      this.#goOn = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Undefined: it is nothing to be remembered. */
function entryOf(request: FastifyRequest, reply: FastifyReply): NewEntry | undefined {
  const { caller, deed, method, routeOptions } = request;
  const { changesNothing } = routeOptions.config;
  const isDeed = deed === undefined ? !SAFE_METHODS.has(method) && changesNothing !== true : deed !== null;
  const { statusCode: status } = reply;
  if (routeOptions.url === undefined || !(isDeed || REFUSALS.has(status))) return undefined;
  const account = deed?.account ?? caller?.account;
  return {
    atMs: Date.now(),
    userId: account?.userId ?? null,
    username: (account?.username ?? request.triedAs)?.slice(0, 100).replaceAll('\0', '\uFFFD') ?? null,
    forUserId: request.actsFor,
    cameBy: deed?.cameBy ?? wayOf(caller),
    address: request.ip,
    action: deed?.action ?? `${method} ${routeOptions.url}`,
    target: request.url.slice(0, 200),
    status,
    code: request.refusedWith,
    times: 1,
  };
}

function wayOf(caller: FastifyRequest['caller']): CameBy {
  if (caller === null) return 'nothing';
  if (caller.session !== null) return 'session';
  return caller.token !== null ? 'token' : 'password';
}

export function auditRoutes({ audit }: { readonly audit: Pick<Audit, 'page'> }): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/audit',
      {
        config: { access: 'operator' },
        schema: {
          operationId: 'listAudit',
          summary: 'Who changed what, in whose name, and who was refused; newest first',
          tags: ['accounts'],
          querystring: AuditQuery,
          response: { 200: Type.Array(ref(AuditEntry)) },
        },
      },
      async (request, reply) => {
        const { action, refused, userid, username, ...query } = request.query;
        const page = await audit.page({
          ...pageQuery(query),
          ...(userid === undefined ? {} : { userId: userid }),
          ...(username === undefined ? {} : { username }),
          ...(action === undefined ? {} : { action }),
          ...(refused === undefined ? {} : { refused }),
        });
        announcePage(request, reply, page);
        return page.items.map(entryView);
      },
    );
  };
}

function entryView({ atMs, forUserId, userId, ...entry }: NamedAuditRecord): AuditEntry {
  return { ...entry, time: formatHttpDate(atMs), timeMs: atMs, userid: userId, forUserid: forUserId };
}
