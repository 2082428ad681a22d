// /OpenPEX/nodes and /OpenPEX/calendar, for operators: the cluster, what is booked on it, and taking nodes out of service and back.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { isFinal, RESERVATION_STATES } from '../../engine/index.ts';
import { ServiceError } from '../problems.ts';
import type { Service } from '../service/service.ts';
import { CalendarEntry, CalendarQuery, ClusterNode, type NodeCommand } from '../wire/cluster.ts';
import { IdParams, MAX_PAGE, ref } from '../wire/field.ts';
import { readSpan } from './readers.ts';
import type { Reservations } from './stores.ts';
import { nodeView } from './views.ts';

const tags = ['nodes'];

type NodeService = Pick<
  Service,
  'nodes' | 'calendar' | 'isSimulated' | 'drainNode' | 'enableNode' | 'failNode' | 'returnNode'
>;

export interface NodeRoutesParts {
  readonly service: NodeService;
  readonly reservations: Pick<Reservations, 'list'>;
}

const COMMANDS: Record<
  NodeCommand,
  {
    readonly summary: string;
    readonly carryOut: (service: NodeService, nodeId: string) => Promise<void> | void;
    readonly isFault?: boolean;
  }
> = {
  drain: {
    summary: 'Take it out of service: its VMs leave',
    carryOut: (service, nodeId) => service.drainNode(nodeId),
  },
  enable: {
    summary: 'Put it into service again',
    carryOut: (service, nodeId) => service.enableNode(nodeId),
  },
  fail: {
    summary: 'Let it die with everything on it (simulated hypervisor only)',
    carryOut: (service, nodeId) => service.failNode(nodeId),
    isFault: true,
  },
  return: {
    summary: 'Let it come back (simulated hypervisor only)',
    carryOut: (service, nodeId) => service.returnNode(nodeId),
    isFault: true,
  },
};

export function nodeRoutes({ service, reservations }: NodeRoutesParts): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/nodes',
      {
        config: { access: 'operator' },
        schema: {
          operationId: 'listNodes',
          summary: 'All nodes, with their load',
          tags,
          response: { 200: Type.Array(ref(ClusterNode)) },
        },
      },
      async () => service.nodes().map(nodeView),
    );

    for (const [command, { summary, carryOut, isFault = false }] of Object.entries(COMMANDS)) {
      app.put(
        `/nodes/:id/${command}`,
        {
          config: { access: 'operator', ignoresBody: true },
          schema: {
            operationId: `${command}Node`,
            summary,
            tags,
            params: IdParams,
            response: { 200: ref(ClusterNode) },
          },
        },
        async (request) => {
          if (isFault && !service.isSimulated) {
            throw new ServiceError('PEX_NOT_FOUND', 'Faults can be made on a simulated hypervisor only.');
          }
          const { id } = request.params;
          const find = () => service.nodes().find(({ nodeId }) => nodeId === id);
          if (find() === undefined) throw new ServiceError('PEX_NOT_FOUND', 'There is no such node.');
          await carryOut(service, id);
          return nodeView(find()!);
        },
      );
    }

    app.get(
      '/calendar',
      {
        config: { access: 'operator' },
        schema: {
          operationId: 'getCalendar',
          summary: 'What is booked on which node, and by whom',
          tags,
          querystring: CalendarQuery,
          response: { 200: Type.Array(ref(CalendarEntry)) },
        },
      },
      async (request) => {
        const { fromMs, toMs } = readSpan(request.query);
        const usernames = await usernamesOfOpen(reservations);
        return service.calendar(fromMs, toMs).map((entry) => ({
          node: entry.nodeId,
          reservationId: entry.reservationId,
          username: usernames.get(entry.reservationId) ?? null,
          kind: entry.kind,
          startTimeMs: entry.startMs,
          endTimeMs: entry.endMs,
          cpus: entry.demand.milliCpus / 1000,
          memoryMib: entry.demand.memoryMib,
        }));
      },
    );
  };
}

/** By reservation, for all that can be on the calendar. */
async function usernamesOfOpen(
  reservations: Pick<Reservations, 'list'>,
): Promise<ReadonlyMap<string, string>> {
  const states = RESERVATION_STATES.filter((state) => !isFinal(state));
  const usernames = new Map<string, string>();
  let cursor: string | null = null;
  do {
    const next: { cursor?: string } = cursor === null ? {} : { cursor };
    const page = await reservations.list({ states, limit: MAX_PAGE, ...next });
    for (const { reservationId, username } of page.items) usernames.set(reservationId, username);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return usernames;
}
