// Services that follow a manifest, on the running service: they are submitted and negotiated, then confirmed, and from then on their rules are
// looked at in every control period, by the same service manager as in simulations. What is wanted is stored before it is done, and what was
// not done when the process ended is done when it begins again.
import type { HostTimers } from '../../engine/index.ts';
import { isFinal } from '../../engine/index.ts';
import { knownResources } from '../../scenarios/formats/named-amounts.ts';
import { declaredSizes } from '../../scenarios/services/declared-sizes.ts';
import { type Manifest, measuredAt, parseManifest } from '../../scenarios/services/manifest.ts';
import { figureName, figureText } from '../../scenarios/services/rules.ts';
import {
  type ReplicaLease,
  ServiceManager,
  type ServiceMemory,
} from '../../scenarios/services/service-manager.ts';
import { InputError } from '../../written/input-error.ts';
import { suggestion } from '../../written/suggestion.ts';
import { formatDuration } from '../../written/time-text.ts';
import { Chores } from '../chores.ts';
import type { ManagedServiceStore } from '../database/managed-service-store.ts';
import { ServiceError } from '../problems.ts';
import type {
  AccountRecord,
  InstanceRecord,
  ManagedLeaseRecord,
  ManagedServiceRecord,
  Page,
} from '../records.ts';
import type { Service } from '../service/service.ts';
import { MAX_DURATION_MS } from '../wire/field.ts';
import type { ManagedServiceEnd } from '../wire/managed-service.ts';
import { LeaseTalks, type LeaseTalksParts } from './lease-talks.ts';

export interface ManagedServicesParts extends LeaseTalksParts {
  readonly service: LeaseTalksParts['service'] & Pick<Service, 'resources' | 'sites'>;
  readonly store: ManagedServiceStore;
  readonly accounts: { get(userId: number): Promise<AccountRecord | undefined> };
  readonly instances: {
    list(query: { limit: number; reservationId: string }): Promise<Page<InstanceRecord>>;
  };
  /** Of the real clock. */
  readonly host: HostTimers;
  readonly newId: () => string;
  readonly log: {
    info(facts: object, message: string): void;
    warn(facts: object, message: string): void;
  };
}

/** A service as it stands, for whoever looks at it. */
export interface ManagedServiceStatus {
  readonly record: ManagedServiceRecord;
  readonly manifest: Manifest['service'];
  /** Of each component: its leases that are booked for now, and the VMs among them that run. */
  readonly present: ReadonlyMap<string, { readonly booked: number; readonly running: number }>;
  /** What is on offer, or booked and not over. */
  readonly priceMicros: number;
  /** Null: not any more, or not yet. */
  readonly nextLookMs: number | null;
}

/** One that is worked on: what is stored of it, and its manager, which has decided on it and on nothing else. */
interface Managed {
  record: ManagedServiceRecord;
  readonly manifest: Manifest['service'];
  readonly manager: ServiceManager;
}

/** Before a step that failed is tried again, in real time. */
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 300_000;
const LONGEST_TIMER_MS = 3_600_000;
/** Of all components of a service together: each is asked for, and remembered, on its own. */
const MOST_INSTANCES = 1_000;
/** In real time. */
const SHORTEST_PERIOD_MS = 1_000;
/** For so long it is told what rules did. */
const REMEMBERED_MS = 30 * 86_400_000;
/** As messages about a manifest call it. */
const FILE = 'manifest';
/** Figures that are measured here, of the VMs of a component, where a manifest names them among its metrics. */
const OWN_FIGURES = ['Busy', 'Running'] as const;

export class ManagedServices {
  readonly #parts: ManagedServicesParts;
  readonly #talks: LeaseTalks;
  readonly #chores: Chores;
  /** Read from the database when they are missing, and when a step has failed. */
  readonly #managed = new Map<string, Managed>();
  /** Of those whose last step failed. */
  readonly #retryMs = new Map<string, number>();

  constructor(parts: ManagedServicesParts) {
    this.#parts = parts;
    this.#talks = new LeaseTalks(parts);
    this.#chores = new Chores(parts.host);
  }

  /** Goes on with what there is, until `end`. */
  async begin(): Promise<void> {
    for (const serviceId of await this.#parts.store.unsettled()) this.#lookIn(serviceId, 0);
  }

  /** What is not done then is done after the next start. */
  end(): Promise<void> {
    return this.#chores.end();
  }

  /** Resolves when nothing is under way. */
  settled(): Promise<void> {
    return this.#chores.settled();
  }

  /**
   * The first of two steps: what the service begins with is asked for and held.
   * @param owner whose limits and balance count
   * @throws ServiceError PEX_BAD_REQUEST with the line of what is wrong, PEX_CONFLICT when one that has not ended has that name
   */
  async submit(owner: AccountRecord, text: string): Promise<ManagedServiceStatus> {
    const { newId, service, store } = this.#parts;
    const manifest = this.#read(text).service;
    // One after the other, so that no two take the same name, or number. What is asked for then takes longer.
    const serviceId = await this.#chores.inTurn('submission', async () => {
      if ((await store.present(owner.userId, manifest.name)) !== undefined)
        throw new ServiceError(
          'PEX_CONFLICT',
          `service: "${manifest.name}" is the name of another service of this account, which has not ended`,
          { field: 'manifest.service' },
        );
      const nowMs = service.now();
      const record: ManagedServiceRecord = {
        serviceId: newId(),
        serviceNo: await store.nextNo(),
        userId: owner.userId,
        name: manifest.name,
        state: 'SUBMITTED',
        manifest: text,
        submittedMs: nowMs,
        holdUntilMs: nowMs + service.settings.holdMs,
        confirmedMs: null,
        endedMs: null,
        endReason: null,
        lookedMs: nowMs,
        memory: { components: {}, counts: {} },
        measured: {},
        figures: {},
        probed: {},
      };
      this.#managed.set(record.serviceId, this.#managedOf(record));
      return this.#during(record.serviceId, async (managed) => {
        const wanted = await this.#plan(managed, nowMs);
        await this.#save(managed, {}, wanted);
        return managed.record.serviceId;
      });
    });
    return this.#during(serviceId, async (managed) => {
      await this.#settle(managed);
      return this.#statusOf(managed.record);
    });
  }

  /**
   * The second step.
   * @throws ServiceError PEX_REQUEST_FAILED unless it is on offer, PEX_INSUFFICIENT_BALANCE
   */
  confirm(serviceId: string, owner: AccountRecord): Promise<ManagedServiceStatus> {
    return this.#during(serviceId, async (managed) => {
      const { service, store } = this.#parts;
      this.#checkOnOffer(managed.record);
      await this.#settle(managed);
      if (service.now() >= managed.record.holdUntilMs) {
        await this.#endWith(managed, 'hold-expired');
        throw new ServiceError(
          'PEX_REQUEST_FAILED',
          'What was on offer is not held any more; submit it again.',
          {
            reason: 'hold-expired',
          },
        );
      }
      const held = await store.leases(serviceId, { states: ['HELD'] });
      const priceMicros = held.reduce((sum, lease) => sum + (lease.priceMicros ?? 0), 0);
      const pledgedMicros = await this.#pledgedFor(held);
      const { balanceMicros } = (await this.#parts.accounts.get(owner.userId)) ?? owner;
      if (priceMicros > balanceMicros + pledgedMicros)
        throw new ServiceError(
          'PEX_INSUFFICIENT_BALANCE',
          'the price of what the service begins with is more than what is left in the account',
          { priceMicros, balanceMicros },
        );
      const nowMs = service.now();
      const wanted = held.map((lease) => ({ ...lease, state: 'WANTED' as const, sinceMs: nowMs }));
      await this.#save(managed, { state: 'RUNNING', confirmedMs: nowMs }, wanted);
      this.#parts.log.info({ serviceId, name: managed.record.name }, 'a managed service is confirmed');
      await this.#settle(managed);
      return this.#statusOf(managed.record);
    });
  }

  /** What has left the account for it already. */
  async #pledgedFor(leases: readonly ManagedLeaseRecord[]): Promise<number> {
    let sum = 0;
    for (const { reservationId } of leases) {
      if (reservationId === null) continue;
      sum += (await this.#parts.reservations.get(reservationId))?.pledgedMicros ?? 0;
    }
    return sum;
  }

  /** @throws ServiceError PEX_REQUEST_FAILED unless it is on offer */
  decline(serviceId: string): Promise<ManagedServiceStatus> {
    return this.#during(serviceId, async (managed) => {
      this.#checkOnOffer(managed.record);
      await this.#endWith(managed, 'declined');
      return this.#statusOf(managed.record);
    });
  }

  /** Gives back what it has; one that has ended stays so. */
  finish(serviceId: string): Promise<ManagedServiceStatus> {
    return this.#during(serviceId, async (managed) => {
      if (managed.record.state !== 'ENDED') await this.#endWith(managed, 'ended-by-user');
      return this.#statusOf(managed.record);
    });
  }

  /**
   * What a probe measured counts from the next control period on, until another value comes.
   * @throws ServiceError PEX_BAD_REQUEST for what the manifest does not name among its metrics
   */
  probe(serviceId: string, values: Readonly<Record<string, number>>): Promise<ManagedServiceStatus> {
    return this.#during(serviceId, async (managed) => {
      if (managed.record.state === 'ENDED')
        throw new ServiceError('PEX_REQUEST_FAILED', 'The service has ended.');
      const known = managed.manifest.metrics;
      const atMs = this.#parts.service.now();
      const probed = new Map(Object.entries(managed.record.probed));
      for (const [name, value] of Object.entries(values)) {
        const figure = figureName(name);
        if (figure === undefined || !known.has(figure)) {
          const names = [...known.keys()].map(figureText);
          throw new ServiceError(
            'PEX_BAD_REQUEST',
            `values.${name}: the manifest has no such metric${suggestion(name, names)}`,
            { field: `values.${name}`, expected: `one of ${names.join(', ')}` },
          );
        }
        probed.set(figure, { value, atMs });
      }
      await this.#save(managed, { probed: Object.fromEntries(probed) });
      return this.#statusOf(managed.record);
    });
  }

  status(record: ManagedServiceRecord): Promise<ManagedServiceStatus> {
    return this.#statusOf(record);
  }

  // Steps

  #lookIn(serviceId: string, delayMs: number): void {
    // A moment later: what falls due at that instant is over by then, and what ends there is free to be asked for.
    const waitMs = Math.ceil(Math.min(LONGEST_TIMER_MS, Math.max(0, delayMs))) + 1;
    this.#chores.later(serviceId, waitMs, () => {
      // What went wrong is logged, and tried again.
      this.#during(serviceId, (managed) => this.#look(managed)).catch(() => undefined);
    });
  }

  /** In the turn of a service; afterwards it is known when it is looked at next. */
  #during<T>(serviceId: string, work: (managed: Managed) => Promise<T>): Promise<T> {
    const done = this.#chores.inTurn(serviceId, async () => {
      try {
        const result = await work(await this.#load(serviceId));
        this.#arm(serviceId);
        this.#retryMs.delete(serviceId);
        return result;
      } catch (error) {
        if (error instanceof ServiceError && error.status < 500) this.#arm(serviceId);
        else this.#failed(serviceId, error);
        throw error;
      }
    });
    return this.#chores.track(done);
  }

  #failed(serviceId: string, error: unknown): void {
    // What its manager has decided may not be stored.
    this.#managed.delete(serviceId);
    const delayMs = this.#retryMs.get(serviceId) ?? FIRST_RETRY_MS;
    this.#retryMs.set(serviceId, Math.min(2 * delayMs, LONGEST_RETRY_MS));
    this.#parts.log.warn({ err: error, serviceId, delayMs }, 'a managed service is looked after again');
    this.#lookIn(serviceId, delayMs);
  }

  async #load(serviceId: string): Promise<Managed> {
    const known = this.#managed.get(serviceId);
    if (known !== undefined) return known;
    const record = await this.#parts.store.get(serviceId);
    if (record === undefined) throw new ServiceError('PEX_NOT_FOUND', 'There is no such service.');
    const managed = this.#managedOf(record);
    this.#managed.set(serviceId, managed);
    return managed;
  }

  #arm(serviceId: string): void {
    const managed = this.#managed.get(serviceId);
    if (managed === undefined) return;
    const { record } = managed;
    if (record.state === 'ENDED') {
      this.#managed.delete(serviceId);
      return;
    }
    const { service } = this.#parts;
    const dueMs = record.state === 'SUBMITTED' ? record.holdUntilMs : nextLookMs(managed);
    this.#lookIn(serviceId, (dueMs - service.now()) / service.speed);
  }

  async #look(managed: Managed): Promise<void> {
    const { service, store } = this.#parts;
    await this.#settle(managed);
    const nowMs = service.now();
    switch (managed.record.state) {
      case 'SUBMITTED':
        if (nowMs >= managed.record.holdUntilMs) await this.#endWith(managed, 'hold-expired');
        return;
      case 'RUNNING': {
        if (nowMs < nextLookMs(managed)) return;
        const wanted = await this.#plan(managed, nowMs);
        await this.#save(managed, {}, wanted);
        await store.forget(managed.record.serviceId, nowMs - REMEMBERED_MS);
        await this.#settle(managed);
        return;
      }
      case 'ENDED':
    }
  }

  /** Follows the rules in the control period of this instant. @returns leases to be stored with what the manager remembers now */
  async #plan(managed: Managed, nowMs: number): Promise<ManagedLeaseRecord[]> {
    const { manager, manifest } = managed;
    const { serviceId, submittedMs } = managed.record;
    const periodMs = submittedMs + Math.floor((nowMs - submittedMs) / manifest.everyMs) * manifest.everyMs;
    const booked = await this.#parts.store.leases(serviceId, { states: ['BOOKED'], endAfterMs: periodMs });
    const changed = new Map<string, ManagedLeaseRecord>();
    for (const lease of booked) {
      if (lease.endMs <= nowMs || lease.reservationId === null) continue;
      const reservation = await this.#parts.reservations.get(lease.reservationId);
      if (reservation !== undefined && !isFinal(reservation.state)) continue;
      manager.lost(leaseOf(lease, manifest));
      const reason = reservation?.endReason ?? 'unknown';
      changed.set(lease.leaseId, { ...lease, state: 'LOST', sinceMs: nowMs, reason });
    }
    const measured = await this.#measured(managed, periodMs, booked);
    const { asked, released } = manager.step(periodMs, measured);
    for (const { component, endMs, id, size, startMs } of asked)
      changed.set(id, {
        serviceId,
        leaseId: id,
        component: component.name,
        askedMs: periodMs,
        startMs,
        endMs,
        size,
        state: 'WANTED',
        sinceMs: nowMs,
        reason: null,
        reservationId: null,
        priceMicros: null,
      });
    for (const { id } of released) {
      const lease = booked.find(({ leaseId }) => leaseId === id);
      if (lease !== undefined) changed.set(id, { ...lease, state: 'RELEASING', sinceMs: nowMs });
    }
    managed.record = {
      ...managed.record,
      lookedMs: periodMs,
      measured: Object.fromEntries(measured),
      figures: Object.fromEntries(manager.figures(measured)),
      memory: manager.memory(),
    };
    return [...changed.values()];
  }

  /** Does what is stored as to be done. */
  async #settle(managed: Managed): Promise<void> {
    const { accounts, service, store } = this.#parts;
    const { serviceId, userId } = managed.record;
    const todo = await store.leases(serviceId, { states: ['WANTED', 'RELEASING'] });
    if (todo.length === 0) return;
    const account = await accounts.get(userId);
    // What is given back makes room for what is asked for.
    const inOrder = [
      ...todo.filter(({ state }) => state === 'RELEASING'),
      ...todo.filter(({ state }) => state === 'WANTED').sort(inOrderAsked(managed.manager.memory())),
    ];
    // Together with what the manager remembers, which is as large as the service. After a crash the same is refused again.
    const refused: ManagedLeaseRecord[] = [];
    for (const lease of inOrder) {
      const outcome =
        lease.state === 'RELEASING'
          ? await this.#talks.release(lease, account)
          : await this.#obtain(lease, managed, account);
      const settled = { ...lease, ...outcome, sinceMs: service.now() };
      if (outcome.state === 'REFUSED') refused.push(settled);
      else await store.saveLease(settled);
    }
    for (const lease of refused) managed.manager.lost(leaseOf(lease, managed.manifest));
    if (refused.length > 0) await this.#save(managed, {}, refused);
    if (account === undefined && managed.record.state !== 'ENDED')
      await this.#endWith(managed, 'account-deleted');
  }

  /** Of a service that is not confirmed yet it is held and no more. */
  async #obtain(
    lease: ManagedLeaseRecord,
    { manifest, record: { state } }: Managed,
    account: AccountRecord | undefined,
  ): Promise<Pick<ManagedLeaseRecord, 'state' | 'reason' | 'reservationId' | 'priceMicros'>> {
    const { endMs, reservationId } = lease;
    const refusal = (reason: string) =>
      ({ state: 'REFUSED', reason, reservationId, priceMicros: null }) as const;
    if (account === undefined || account.disabled) return refusal('account-disabled');
    if (endMs <= this.#parts.service.now()) return refusal('too-late');
    if (reservationId !== null) return this.#talks.book(reservationId, account);
    const held = await this.#talks.ask(lease, manifest, account);
    if (held.state !== 'HELD' || state === 'SUBMITTED') return held;
    return this.#talks.book(held.reservationId!, account);
  }

  async #endWith(managed: Managed, endReason: ManagedServiceEnd): Promise<void> {
    const { service, store } = this.#parts;
    // What a crash left half done is known then.
    await this.#settle(managed);
    const { serviceId, name } = managed.record;
    const endedMs = service.now();
    const leases = await store.leases(serviceId, { states: ['HELD', 'BOOKED'], endAfterMs: endedMs });
    const releasing = leases.map((lease) => ({ ...lease, state: 'RELEASING' as const, sinceMs: endedMs }));
    await this.#save(managed, { state: 'ENDED', endedMs, endReason }, releasing);
    this.#parts.log.info({ serviceId, name, endReason }, 'a managed service has ended');
    await this.#settle(managed);
  }

  async #save(
    managed: Managed,
    changes: Partial<ManagedServiceRecord>,
    leases: readonly ManagedLeaseRecord[] = [],
  ): Promise<void> {
    managed.record = { ...managed.record, ...changes, memory: managed.manager.memory() };
    await this.#parts.store.save(managed.record, leases);
  }

  // What is measured

  /** The manifest's own values, unless the VMs tell otherwise, unless a probe does. */
  async #measured(
    { manifest, record }: Managed,
    periodMs: number,
    booked: readonly ManagedLeaseRecord[],
  ): Promise<ReadonlyMap<string, number>> {
    const measured = new Map(measuredAt(manifest, periodMs - record.submittedMs));
    const isOwn = (figure: string) => OWN_FIGURES.some((name) => figure.startsWith(`${name}.`));
    if ([...measured.keys()].some(isOwn)) {
      const present = booked.filter(({ endMs, startMs }) => startMs <= periodMs && endMs > periodMs);
      for (const { name } of manifest.components) {
        const vms = await this.#vmsOf(present.filter(({ component }) => component === name));
        const running = vms.filter(({ state }) => state === 'RUNNING');
        if (measured.has(`Running.${name}`)) measured.set(`Running.${name}`, running.length);
        if (measured.has(`Busy.${name}`) && running.length > 0) {
          const sum = running.reduce((total, { loadPermille }) => total + loadPermille, 0);
          measured.set(`Busy.${name}`, sum / running.length / 1000);
        }
      }
    }
    for (const [figure, { value }] of Object.entries(record.probed)) measured.set(figure, value);
    return measured;
  }

  async #vmsOf(leases: readonly ManagedLeaseRecord[]): Promise<InstanceRecord[]> {
    const vms: InstanceRecord[] = [];
    for (const { reservationId } of leases) {
      if (reservationId === null) continue;
      vms.push(...(await this.#parts.instances.list({ limit: 10, reservationId })).items);
    }
    return vms;
  }

  async #statusOf(record: ManagedServiceRecord): Promise<ManagedServiceStatus> {
    const manifest = parseManifest(record.manifest, FILE).service;
    const nowMs = this.#parts.service.now();
    const states = ['HELD', 'BOOKED'] as const;
    const leases = await this.#parts.store.leases(record.serviceId, { states, endAfterMs: nowMs });
    const present = new Map<string, { booked: number; running: number }>();
    for (const { name } of manifest.components) {
      const own = leases.filter(
        ({ component, startMs, state }) => component === name && state === 'BOOKED' && startMs <= nowMs,
      );
      const vms = await this.#vmsOf(own);
      const running = vms.filter(({ state }) => state === 'RUNNING').length;
      present.set(name, { booked: own.length, running });
    }
    return {
      record,
      manifest,
      present,
      priceMicros: leases.reduce((sum, { priceMicros }) => sum + (priceMicros ?? 0), 0),
      nextLookMs: record.state === 'RUNNING' ? nextLookMs({ manifest, record }) : null,
    };
  }

  // Manifests

  /** @throws ServiceError PEX_BAD_REQUEST */
  #read(text: string): Manifest {
    try {
      const manifest = parseManifest(text, FILE);
      this.#check(manifest);
      return manifest;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const { column, line, path = '' } = error.place;
      const place = { ...(line !== undefined && { line }), ...(column !== undefined && { column }) };
      const field = path === '' ? FILE : `${FILE}.${path}`;
      throw new ServiceError('PEX_BAD_REQUEST', error.message, {
        field,
        ...place,
        errors: [{ field, ...place, expected: error.problem }],
      });
    }
  }

  /** @throws InputError for what this service does not have, and what would keep it from its other users */
  #check(manifest: Manifest): void {
    const { instanceTypes, resources, settings, sites, speed, templates } = this.#parts.service;
    const { components, everyMs, termMs } = manifest.service;
    const refuse = (key: string, problem: string) => {
      throw new InputError('PEX_MANIFEST_INVALID', `${key}: ${problem}`, manifest.placeOf([key]));
    };
    const most = components.reduce((sum, { max }) => sum + max, 0);
    if (most > MOST_INSTANCES)
      refuse(
        'components',
        `max comes to ${most} instances together; expected ${MOST_INSTANCES} at most for a service here (max is 100 where it is not given)`,
      );
    if (everyMs / speed < SHORTEST_PERIOD_MS) {
      const shortest = formatDuration(SHORTEST_PERIOD_MS * speed);
      refuse('every', `the control period is ${formatDuration(everyMs)}; expected ${shortest} or more here`);
    }
    const longestMs = Math.min(settings.longestDurationMs, MAX_DURATION_MS);
    if (termMs > longestMs)
      refuse(
        'term',
        `an instance is asked for ${formatDuration(termMs)} at a time; expected ${formatDuration(longestMs)} at most here`,
      );
    declaredSizes(manifest, instanceTypes, knownResources(resources));
    const known = templates.map(({ name }) => name);
    for (const { deploy, name, sla, template } of components) {
      const at = (key: string) => manifest.placeOf(['components', name, key]);
      if (template !== undefined && !known.includes(template))
        throw new InputError(
          'PEX_MANIFEST_INVALID',
          `there is no template "${template}" here${suggestion(template, known)}`,
          at(sla === undefined ? 'template' : 'sla'),
        );
      const unknown = deploy?.find((site) => !sites.includes(site));
      if (unknown !== undefined)
        throw new InputError(
          'PEX_MANIFEST_INVALID',
          sites.length === 0
            ? 'this service has no sites to choose from'
            : `there is no site "${unknown}" here${suggestion(unknown, sites)}`,
          at('deploy'),
        );
    }
  }

  #managedOf(record: ManagedServiceRecord): Managed {
    const { instanceTypes, resources } = this.#parts.service;
    const manifest = parseManifest(record.manifest, FILE);
    let sizes: ReturnType<typeof declaredSizes> | undefined;
    const manager = new ServiceManager(
      manifest.service,
      ({ name }) => {
        // Only now: what names an instance type that is not there any more can be ended nevertheless.
        sizes ??= declaredSizes(manifest, instanceTypes, knownResources(resources));
        return sizes.get(name)!;
      },
      { memory: record.memory },
    );
    return { record, manifest: manifest.service, manager };
  }

  /** @throws ServiceError PEX_REQUEST_FAILED */
  #checkOnOffer({ state }: ManagedServiceRecord): void {
    if (state === 'SUBMITTED') return;
    throw new ServiceError(
      'PEX_REQUEST_FAILED',
      state === 'ENDED' ? 'The service has ended.' : 'The service is confirmed already.',
      { state },
    );
  }
}

/** The next of its control periods, which are counted from its submission. */
function nextLookMs({ manifest: { everyMs }, record }: Pick<Managed, 'manifest' | 'record'>): number {
  const { lookedMs, submittedMs } = record;
  return submittedMs + (Math.floor((lookedMs - submittedMs) / everyMs) + 1) * everyMs;
}

/** As its manager knows it. */
function leaseOf(lease: ManagedLeaseRecord, { components }: Manifest['service']): ReplicaLease {
  const component = components.find(({ name }) => name === lease.component)!;
  const { endMs, leaseId: id, size, startMs } = lease;
  return { id, component, startMs, endMs, size };
}

/** As the manager asked for them: its memory has them in that order, component by component. */
function inOrderAsked({
  components,
}: ServiceMemory): (a: ManagedLeaseRecord, b: ManagedLeaseRecord) => number {
  const ids = Object.values(components).flatMap(({ replicas }) =>
    replicas.flatMap(({ leases }) => leases.map(({ id }) => id)),
  );
  const places = new Map(ids.map((id, place) => [id, place]));
  const placeOf = ({ leaseId }: ManagedLeaseRecord) => places.get(leaseId) ?? ids.length;
  return (a, b) => a.askedMs - b.askedMs || placeOf(a) - placeOf(b) || (a.leaseId < b.leaseId ? -1 : 1);
}
