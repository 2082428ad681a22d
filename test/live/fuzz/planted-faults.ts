// Faults that the service had, or could have, put back: each replaces a part of it by one of the same kind that does the wrong thing.
import type { Knex } from 'knex';
import { catchError, filter, map, of } from 'rxjs';
import type { Commit, Dispatcher } from '../../../engine/index.ts';
import type { Database } from '../../../live/database/open-database.ts';
import type { Replaced } from '../../../live/fuzz/service-process.ts';
import type { FaultKind, StoryHypervisor } from '../../../live/fuzz/service-story.ts';
import type { Carrier, Hypervisor, LifeWorld } from '../../../live/hypervisors/hypervisor.ts';
import {
  GroupCommit,
  type GroupCommitParts,
  type StoringRecorder,
} from '../../../live/recorder/group-commit.ts';
import type { LiveService, LiveServiceParts } from '../../../live/service/live-service.ts';

export interface PlantedFault {
  readonly name: string;
  /** What may go wrong in the stories. */
  readonly kinds: readonly FaultKind[];
  /** Default: simulated. */
  readonly hypervisor?: StoryHypervisor;
  /** Whose stories are told. Default: 1; another one where that one tells many before the fault shows. */
  readonly seed?: number;
  /** Some of what may be found. */
  readonly finds: RegExp;
  readonly replaced: () => Replaced;
}

/** Something that is done to what is stored before each life begins. */
function beforeEachLife(change: (database: Database) => Promise<unknown>): () => Replaced {
  return () => ({
    parts: (parts) => ({
      ...parts,
      hypervisor: {
        ...parts.hypervisor,
        ready: async () => {
          await change(parts.database);
          await parts.hypervisor.ready();
        },
      },
    }),
  });
}

function withHypervisor(make: (real: Hypervisor) => Hypervisor): () => Replaced {
  return () => ({ parts: (parts) => ({ ...parts, hypervisor: make(parts.hypervisor) }) });
}

function withDispatcher(make: (real: Dispatcher, world: LifeWorld) => Partial<Dispatcher>): () => Replaced {
  return withHypervisor((real) => ({
    ...real,
    carry: (world) => {
      const carrier = real.carry(world);
      const { dispatcher } = carrier;
      const instead = make(dispatcher, world);
      const mixed = new Proxy(dispatcher, {
        get: (_, name) => {
          const value = Reflect.get(name in instead ? instead : dispatcher, name);
          return typeof value === 'function' ? value.bind(dispatcher) : value;
        },
      });
      return { ...carrier, dispatcher: mixed };
    },
  }));
}

function withRecorder(make: (parts: GroupCommitParts) => StoringRecorder): () => Replaced {
  return () => ({ parts: (parts): LiveServiceParts => ({ ...parts, recorderOf: make }) });
}

/** Answers, and acts, before it has stored anything. */
function hasty(parts: GroupCommitParts): StoringRecorder {
  const real = new GroupCommit(parts);
  return {
    record: (commit, onRecorded) => {
      onRecorded();
      real.record(commit, () => {});
    },
    stored: (commit) => real.stored(commit),
    flushed: () => real.flushed(),
    close: () => real.close(),
  };
}

/** Takes a commit that failed for done. */
function careless(parts: GroupCommitParts): StoringRecorder {
  const waiting = new Map<Commit, () => void>();
  const begin = (): GroupCommit =>
    new GroupCommit({
      ...parts,
      onFailed: () => {
        real = begin();
        const told = [...waiting.values()];
        waiting.clear();
        for (const tell of told) tell();
      },
    });
  let real = begin();
  return {
    record: (commit, onRecorded) => {
      waiting.set(commit, onRecorded);
      real.record(commit, () => {
        waiting.delete(commit);
        onRecorded();
      });
    },
    stored: (commit) => real.stored(commit),
    flushed: () => real.flushed(),
    close: () => real.close(),
  };
}

/** Every statement is stored as it comes. */
function withoutTransactions(database: Database): Database {
  const knex = new Proxy(database.knex, {
    get: (real, name) => {
      if (name === 'transaction') return (work: (trx: Knex) => Promise<unknown>) => work(real);
      const value = Reflect.get(real, name, real);
      return typeof value === 'function' ? value.bind(real) : value;
    },
  });
  return { ...database, knex };
}

/** A deposit whose answer was lost is made again, under no key. */
function eagerDeposits(service: LiveService): LiveService {
  return new Proxy(service, {
    get: (real, name) => {
      if (name === 'deposit') {
        return async ({ answerTo: _, ...deposit }: Parameters<LiveService['deposit']>[0]) => {
          try {
            return await real.deposit(deposit);
          } catch {
            return real.deposit(deposit);
          }
        };
      }
      const value = Reflect.get(real, name, real);
      return typeof value === 'function' ? value.bind(real) : value;
    },
  });
}

/** An operator who says that the clock is right is not heard. */
function withoutTrust(service: LiveService): LiveService {
  return new Proxy(service, {
    get: (real, name) => {
      if (name === 'trustClock') return async () => {};
      const value = Reflect.get(real, name, real);
      return typeof value === 'function' ? value.bind(real) : value;
    },
  });
}

/** A look that got no answer is taken for "there is nothing". */
function blindTrust(real: Hypervisor): Hypervisor {
  let isBlind = false;
  return {
    ...real,
    ready: async () => {
      isBlind = await real.ready().then(
        () => false,
        () => true,
      );
    },
    carry: (world): Carrier => {
      const carrier = real.carry(world);
      return isBlind
        ? { ...carrier, dispatcher: { ...carrier.dispatcher, inventory: () => of([]) } }
        : carrier;
    },
  };
}

/** Calls of a pool are answered otherwise. */
export function withCalls(
  answer: (method: string, ask: () => Promise<unknown>) => Promise<unknown>,
): () => Replaced {
  return () => ({
    transport: (real) => ({
      ...real,
      client: async (options) => {
        const client = await real.client(options);
        const call = client.call.bind(client);
        client.call = (method, ...args) => answer(method, () => call(method, ...args));
        return client;
      },
    }),
  });
}

export const PLANTED: readonly PlantedFault[] = [
  {
    name: 'a reply leaves before its commit is stored',
    kinds: ['crash-in-commit'],
    finds: /./,
    replaced: withRecorder(hasty),
  },
  {
    name: 'a commit that failed is taken for done',
    kinds: ['lost-commit', 'torn-commit'],
    finds: /./,
    replaced: withRecorder(careless),
  },
  {
    name: 'what a command changes is not one transaction',
    kinds: ['crash-in-commit'],
    finds: /./,
    replaced: () => ({ database: withoutTransactions }),
  },
  {
    name: 'a deposit is made again when the answer to its commit was lost',
    seed: 7,
    kinds: ['lost-answer'],
    finds: /is booked 2 times/,
    replaced: () => ({ service: eagerDeposits }),
  },
  {
    name: 'keys are forgotten by the next life',
    kinds: ['crash', 'crash-in-commit', 'lost-reply'],
    finds: /got another answer|reservations, and has|booked 2 times/,
    replaced: beforeEachLife((database) => database.knex('answers').delete()),
  },
  {
    name: 'a hold does not end after a restart',
    kinds: ['crash'],
    finds: /never ends|is held although|although that was over|ended \(hold-expired\)/,
    replaced: beforeEachLife((database) =>
      database
        .knex('reservations')
        .whereIn('status', ['ACCEPTED', 'COUNTERED'])
        .update({ hold_until_ms: Date.parse('2027-01-01T00:00:00Z') }),
    ),
  },
  {
    name: 'what an offer holds is free after a restart',
    kinds: ['crash'],
    finds: /./,
    replaced: beforeEachLife((database) =>
      database
        .knex('bookings')
        .whereIn(
          'request_id',
          database.knex('reservations').select('request_id').whereIn('status', ['ACCEPTED', 'COUNTERED']),
        )
        .delete(),
    ),
  },
  {
    name: 'a drain is forgotten by the next life',
    seed: 5,
    kinds: ['crash'],
    finds: /in service is true/,
    replaced: beforeEachLife(async (database) => {
      await database.knex('outages').delete();
      await database.knex('nodes').update({ in_service: true });
    }),
  },
  {
    name: 'a wrong clock is believed',
    kinds: ['clock-jump'],
    finds: /, and it is /,
    replaced: () => ({ parts: (parts) => ({ ...parts, clockToleranceMs: Number.POSITIVE_INFINITY }) }),
  },
  {
    name: 'a clock that is trusted is not believed',
    kinds: ['clock-set'],
    finds: /the clock is trusted, and/,
    replaced: () => ({ service: withoutTrust }),
  },
  {
    name: 'a VM that was stopped from outside is taken for done by its guest',
    kinds: ['outside-stop'],
    finds: /is said to be done/,
    replaced: withDispatcher((real) => ({
      observations$: real.observations$.pipe(
        map((seen) =>
          seen.kind === 'vm' && seen.cause === 'outside'
            ? { ...seen, cause: 'guest-shutdown' as const }
            : seen,
        ),
      ),
    })),
  },
  {
    name: 'a VM that was stopped from outside stays down',
    kinds: ['outside-stop'],
    finds: /stored RUNNING, and is HALTED/,
    replaced: withDispatcher((real) => ({
      observations$: real.observations$.pipe(
        filter((seen) => seen.kind !== 'vm' || seen.cause !== 'outside'),
      ),
    })),
  },
  {
    name: 'a look without an answer is taken for "there is nothing"',
    seed: 8,
    kinds: ['blind-look'],
    finds: /./,
    replaced: withHypervisor(blindTrust),
  },
  {
    name: 'what is stored of VMs is believed without a look',
    seed: 27,
    kinds: ['crash', 'node-loss'],
    finds: /./,
    replaced: withDispatcher((_, { snapshot }) => ({
      inventory: () =>
        of(
          (snapshot?.reservations ?? []).flatMap(({ instances }) =>
            instances.flatMap(({ vm }) =>
              vm === null || vm.state === 'DELETED' || vm.state === 'NOT_PROVISIONED'
                ? []
                : [{ vmId: vm.vmId, state: vm.state, nodeId: vm.nodeId, loadPermille: 0 }],
            ),
          ),
        ),
    })),
  },
  {
    name: 'a VM that could not be destroyed is taken for gone',
    kinds: [],
    finds: /nobody's/,
    replaced: withDispatcher((real) => ({
      destroy: (vmId) =>
        real
          .destroy(vmId)
          .pipe(catchError(() => of({ vmId, state: 'DELETED' as const, nodeId: null, loadPermille: 0 }))),
    })),
  },
  {
    name: 'a guest that crashed in the pool is taken for done',
    hypervisor: 'xapi',
    kinds: ['guest-crash'],
    finds: /is said to be done/,
    replaced: withDispatcher((real) => ({
      observations$: real.observations$.pipe(
        map((seen) =>
          seen.kind === 'vm' && seen.cause === 'guest-crash'
            ? { ...seen, cause: 'guest-shutdown' as const }
            : seen,
        ),
      ),
    })),
  },
  {
    name: 'a VM that was being made when the process died is made again, and the first one left',
    hypervisor: 'xapi',
    kinds: ['crash-in-call', 'lost-pool-answer'],
    finds: /./,
    replaced: withCalls(async (method, ask) => {
      const found = await ask();
      return method === 'VM.get_by_name_label' ? [] : found;
    }),
  },
];
