// /OpenPEX/nodes and /OpenPEX/calendar, for operators: the cluster, what is booked on it, and taking nodes out of service and back.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { ServiceError } from '../problems.ts';
import type { Service } from '../service/service.ts';
import {
  CalendarEntry,
  CalendarQuery,
  ClusterNode,
  DrainQuery,
  ForecastQuery,
  MaintenanceBody,
  type NodeCommand,
  Outage,
  OutageForecast,
} from '../wire/cluster.ts';
import { IdempotencyHeaders, IdParams, ref } from '../wire/field.ts';
import { noteOf } from './idempotency.ts';
import { nodeOf, readForecast, readMaintenance, readReturn, readSpan } from './readers.ts';
import type { Reservations } from './stores.ts';
import { amountsView, namesView, nodeView, outageView } from './views.ts';

const tags = ['nodes'];

type NodeService = Pick<
  Service,
  | 'nodes'
  | 'resources'
  | 'now'
  | 'speed'
  | 'calendar'
  | 'isSimulated'
  | 'drainNode'
  | 'forecastOutage'
  | 'planMaintenance'
  | 'endMaintenance'
  | 'enableNode'
  | 'failNode'
  | 'returnNode'
>;

export interface NodeRoutesParts {
  readonly service: NodeService;
  readonly reservations: Pick<Reservations, 'names'>;
}

/** Those that take nothing but the node; `drain` may be told more. */
const COMMANDS: Record<
  Exclude<NodeCommand, 'drain'>,
  {
    readonly summary: string;
    readonly carryOut: (service: NodeService, nodeId: string) => Promise<void> | void;
    readonly isFault?: boolean;
  }
> = {
  enable: {
    summary: 'Put it into service again: a drained one, or one whose maintenance is not over',
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
      async () => service.nodes().map((node) => nodeView(node, service.resources)),
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
          nodeOf(service, id);
          await carryOut(service, id);
          return nodeView(nodeOf(service, id), service.resources);
        },
      );
    }

    app.put(
      '/nodes/:id/drain',
      {
        config: { access: 'operator', ignoresBody: true },
        schema: {
          operationId: 'drainNode',
          summary:
            'Take it out of service: its VMs leave. Of one that is drained already, change when it is expected back',
          tags,
          params: IdParams,
          querystring: DrainQuery,
          response: { 200: ref(ClusterNode) },
        },
      },
      async (request) => {
        const { id } = request.params;
        nodeOf(service, id);
        await service.drainNode(id, readReturn(request.query, service.now()));
        return nodeView(nodeOf(service, id), service.resources);
      },
    );

    app.get(
      '/nodes/:id/forecast',
      {
        config: { access: 'operator' },
        schema: {
          operationId: 'forecastOutage',
          summary:
            'What if it were drained, or maintained: which instances would move, stand still or end. Nothing changes',
          tags,
          params: IdParams,
          querystring: ForecastQuery,
          response: { 200: ref(OutageForecast) },
        },
      },
      async (request) => {
        const nodeId = nodeOf(service, request.params.id).nodeId;
        const { instances, ...forecast } = await service.forecastOutage({
          nodeId,
          ...readForecast(request.query, service.now()),
        });
        const ids = Array.from(new Set(instances.map(({ reservationId }) => reservationId)));
        const names = await reservations.names(ids);
        return {
          node: nodeId,
          startTimeMs: forecast.fromMs,
          endTimeMs: forecast.untilMs,
          refundMicros: forecast.refundMicros,
          penaltyMicros: forecast.penaltyMicros,
          instances: instances.map(({ endMs, fate, instance, reservationId, startMs, toNodeId, vmId }) => ({
            reservationId,
            ...namesView(names, reservationId),
            instance,
            vmID: vmId,
            fate,
            toNode: toNodeId,
            startTimeMs: startMs,
            endTimeMs: endMs,
          })),
        };
      },
    );

    app.get(
      '/maintenance',
      {
        config: { access: 'operator' },
        schema: {
          operationId: 'listMaintenance',
          summary: 'Maintenance of nodes that is planned, or not over',
          tags,
          response: { 200: Type.Array(ref(Outage)) },
        },
      },
      async () =>
        service
          .nodes()
          .flatMap(({ outages }) => outages)
          .filter(({ cause }) => cause === 'maintenance')
          .sort((a, b) => a.fromMs - b.fromMs)
          .map(outageView),
    );

    app.post(
      '/nodes/:id/maintenance',
      {
        config: { access: 'operator' },
        schema: {
          operationId: 'planMaintenance',
          summary: 'Book a node out for a time: it begins and ends by itself',
          tags,
          headers: IdempotencyHeaders,
          params: IdParams,
          body: MaintenanceBody,
          response: { 201: ref(Outage) },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        nodeOf(service, id);
        const planned = await service.planMaintenance(
          id,
          readMaintenance(request.body, service),
          noteOf(request, ['maintenance', id]),
        );
        return reply.code(201).send(outageView(planned));
      },
    );

    app.delete(
      '/maintenance/:id',
      {
        config: { access: 'operator', ignoresBody: true },
        schema: {
          operationId: 'endMaintenance',
          summary: 'Call a maintenance off, or end it now when it has begun',
          tags,
          params: IdParams,
          response: { 200: ref(Outage) },
        },
      },
      async (request) => outageView(await service.endMaintenance(request.params.id)),
    );

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
        const entries = service.calendar(fromMs, toMs);
        const names = await reservations.names(
          Array.from(new Set(entries.map(({ reservationId }) => reservationId))),
        );
        return entries.map((entry) => {
          const { cpus, memoryMib, resources } = amountsView(entry.demand, service.resources);
          return {
            node: entry.nodeId,
            reservationId: entry.reservationId,
            ...namesView(names, entry.reservationId),
            kind: entry.kind,
            startTimeMs: entry.startMs,
            endTimeMs: entry.endMs,
            cpus,
            memoryMib,
            ...(resources !== undefined && { resources }),
          };
        });
      },
    );
  };
}
