// What /metrics tells Prometheus: requests by route, the messages of negotiations, and the state of the service at the moment it is asked.
import type { FastifyInstance } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type InstanceReply, type ProviderReply, RESERVATION_STATES } from '../../engine/index.ts';
import type { Notifier } from '../notifications/notifier.ts';
import type { Service } from '../service/service.ts';
import type { Journal, Notices, Reservations } from './stores.ts';

/** A disk that makes sure of a commit takes milliseconds, one in trouble seconds. */
const COMMIT_BUCKETS_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];
const REQUEST_BUCKETS_SECONDS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

export class Metrics {
  readonly registry: Registry;
  readonly #requests: Histogram<'method' | 'route' | 'status'>;
  readonly #replies: Counter<'message' | 'reply'>;

  constructor(
    parts: {
      readonly service: Pick<Service, 'nodes' | 'status' | 'stored$' | 'unanswered'>;
      readonly reservations: Pick<Reservations, 'list'>;
      readonly journal: Pick<Journal, 'lastSeq'>;
      readonly notices: Pick<Notices, 'undelivered'>;
      readonly notifier?: Pick<Notifier, 'tries$'>;
    },
    registry: Registry = new Registry(),
  ) {
    this.registry = registry;
    const registers = [registry];
    collectDefaultMetrics({ register: registry });
    this.#requests = new Histogram({
      name: 'openpex_http_request_duration_seconds',
      help: 'From the arrival of a request to the end of its answer, in real time',
      labelNames: ['method', 'route', 'status'],
      buckets: REQUEST_BUCKETS_SECONDS,
      registers,
    });
    this.#replies = new Counter({
      name: 'openpex_replies_total',
      help: 'Messages of users to reservations and instances, by what was replied',
      labelNames: ['message', 'reply'],
      registers,
    });
    const deliveries = new Counter({
      name: 'openpex_notifications_total',
      help: 'Tries to tell users something, by channel and outcome',
      labelNames: ['channel', 'outcome'],
      registers,
    });
    parts.notifier?.tries$.subscribe(({ channel, outcome }) => deliveries.inc({ channel, outcome }));
    const commits = new Histogram({
      name: 'openpex_commit_duration_seconds',
      help: 'A transaction that stores decisions, from its first statement to the word of the database, in real time',
      buckets: COMMIT_BUCKETS_SECONDS,
      registers,
    });
    const decisions = new Counter({
      name: 'openpex_decisions_total',
      help: 'Decisions that are stored; several share a transaction',
      registers,
    });
    parts.service.stored$.subscribe((stored) => {
      commits.observe(stored.durationMs / 1000);
      decisions.inc(stored.decisions);
    });
    registerState(parts, registers);
  }

  /** Measures every request of the app. */
  observe(app: FastifyInstance): void {
    app.addHook('onResponse', ({ method, routeOptions }, reply, next) => {
      const route = routeOptions.url ?? 'unknown';
      this.#requests.observe({ method, route, status: String(reply.statusCode) }, reply.elapsedTime / 1000);
      next();
    });
  }

  replied(message: string, { reply }: ProviderReply | InstanceReply): void {
    this.#replies.inc({ message, reply });
  }
}

/** Measured when they are asked for; without a value while the service does not run, for there is nothing to measure then. */
function registerState(
  { service, reservations, journal, notices }: ConstructorParameters<typeof Metrics>[0],
  registers: Registry[],
): void {
  const isRunning = () => service.status.state === 'running';
  new Gauge({
    name: 'openpex_running',
    help: '1 while the service decides, 0 while it starts, recovers or stops',
    registers,
    collect() {
      this.set(isRunning() ? 1 : 0);
    },
  });
  new Gauge({
    name: 'openpex_commands_waiting',
    help: 'Commands of users and operators that are not answered yet: they wait for their decision, or for that to be stored',
    registers,
    collect() {
      this.set(service.unanswered);
    },
  });
  new Gauge({
    name: 'openpex_clock_off_seconds',
    help: 'How far the clock of the machine is from where it should be, after a jump; 0 while it is believed',
    registers,
    collect() {
      this.set((service.status.clockOffMs ?? 0) / 1000);
    },
  });
  new Gauge({
    name: 'openpex_reservations',
    help: 'Reservations by state',
    labelNames: ['state'],
    registers,
    async collect() {
      this.reset();
      if (!isRunning()) return;
      const counts = RESERVATION_STATES.map(async (state) => {
        const { total } = await reservations.list({ states: [state], limit: 1 });
        this.set({ state }, total);
      });
      await Promise.all(counts);
    },
  });
  new Gauge({
    name: 'openpex_journal_seq',
    help: 'Number of the last event that is committed',
    registers,
    async collect() {
      this.remove();
      if (isRunning()) this.set(await journal.lastSeq());
    },
  });
  new Gauge({
    name: 'openpex_notifications_waiting',
    help: 'Deliveries to users that have not arrived, and are tried again',
    registers,
    async collect() {
      this.remove();
      if (isRunning()) this.set(await notices.undelivered());
    },
  });
  new Gauge({
    name: 'openpex_nodes',
    help: 'Nodes of the cluster: all, those that answer, those that are neither drained nor in maintenance',
    labelNames: ['are'],
    registers,
    collect() {
      this.reset();
      if (!isRunning()) return;
      const nodes = service.nodes();
      this.set({ are: 'known' }, nodes.length);
      this.set({ are: 'up' }, nodes.filter(({ up }) => up).length);
      this.set({ are: 'in_service' }, nodes.filter(({ inService }) => inService).length);
    },
  });
  new Gauge({
    name: 'openpex_vms_running',
    help: 'VMs that run',
    registers,
    collect() {
      this.remove();
      if (isRunning()) this.set(service.nodes().reduce((sum, { vms }) => sum + vms, 0));
    },
  });
  new Gauge({
    name: 'openpex_booked_share',
    help: 'CPUs that are booked now, of all that the cluster has; 0 to 1',
    registers,
    collect() {
      this.remove();
      if (!isRunning()) return;
      const nodes = service.nodes();
      const capacity = nodes.reduce((sum, node) => sum + node.capacity.milliCpus, 0);
      const booked = nodes.reduce((sum, node) => sum + node.booked.milliCpus, 0);
      this.set(capacity === 0 ? 0 : booked / capacity);
    },
  });
}
