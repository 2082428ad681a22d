// /OpenPEX/instances: the VMs of one's reservations, and what can be done to each while its window is open.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { INSTANCE_COMMANDS, type InstanceCommand } from '../../engine/index.ts';
import type { InstanceRecord } from '../records.ts';
import type { Service } from '../service/service.ts';
import { IdParams, ref } from '../wire/field.ts';
import { Instance, InstanceQuery } from '../wire/instance.ts';
import type { Metrics } from './metrics.ts';
import { listScope, reachableInstance, reachableReservation } from './ownership.ts';
import { announcePage, pageQuery } from './pages.ts';
import { refusedInstance } from './refusals.ts';
import type { Instances, Projects, Reservations } from './stores.ts';
import { instanceView } from './views.ts';

const tags = ['instances'];

/** `delete` is a method of HTTP already. */
const PUT_COMMANDS = INSTANCE_COMMANDS.filter((command) => command !== 'delete');

export interface InstanceRoutesParts {
  readonly service: Pick<Service, 'commandInstance' | 'consoleOf' | 'resources'>;
  readonly reservations: Pick<Reservations, 'get'>;
  readonly instances: Instances;
  readonly projects: Pick<Projects, 'byName' | 'roleOf'>;
  readonly metrics: Pick<Metrics, 'replied'>;
}

export function instanceRoutes({
  service,
  reservations,
  instances,
  projects,
  metrics,
}: InstanceRoutesParts): FastifyPluginAsyncTypebox {
  const carryOut = async (record: InstanceRecord, command: InstanceCommand) => {
    const reply = await service.commandInstance(record.vmId, command);
    metrics.replied(`instance-${command}`, reply);
    if (reply.reply === 'REQUEST_FAILED') throw refusedInstance(reply, record.state);
    return instanceView((await instances.get(record.vmId)) ?? record, service);
  };

  return async (app) => {
    app.get(
      '/instances',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'listInstances',
          summary: 'Own instances',
          tags,
          querystring: InstanceQuery,
          response: { 200: Type.Array(ref(Instance)) },
        },
      },
      async (request, reply) => {
        const { reservation, deleted = false, all, project, ...query } = request.query;
        const ofReservation =
          reservation === undefined
            ? {}
            : {
                reservationId: (await reachableReservation(request, { projects, reservations }, reservation))
                  .reservationId,
              };
        // A single reservation that can be reached is shown, whosever it is.
        const scope =
          reservation === undefined || all || project !== undefined
            ? await listScope(request, { all, project }, projects)
            : {};
        const page = await instances.list({
          ...pageQuery(query),
          ...scope,
          ...ofReservation,
          includeDeleted: deleted,
        });
        announcePage(request, reply, page);
        return page.items.map((record) => instanceView(record, service));
      },
    );

    app.get(
      '/instances/:id',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'getInstance',
          summary: 'One instance',
          tags,
          params: IdParams,
          response: { 200: ref(Instance) },
        },
      },
      async (request) =>
        instanceView(await reachableInstance(request, { instances, projects }, request.params.id), service),
    );

    for (const command of PUT_COMMANDS) {
      app.put(
        `/instances/:id/${command}`,
        {
          config: { access: 'user', ignoresBody: true },
          schema: {
            operationId: `${command}Instance`,
            summary: `${command[0]!.toUpperCase()}${command.slice(1)} it; answered with its state at that moment`,
            tags,
            params: IdParams,
            response: { 200: ref(Instance) },
          },
        },
        async (request) =>
          carryOut(await reachableInstance(request, { instances, projects }, request.params.id), command),
      );
    }

    app.delete(
      '/instances/:id',
      {
        config: { access: 'user', ignoresBody: true },
        schema: {
          operationId: 'deleteInstance',
          summary: 'Destroy it; its place in the reservation remains',
          tags,
          params: IdParams,
          response: { 200: ref(Instance) },
        },
      },
      async (request) =>
        carryOut(await reachableInstance(request, { instances, projects }, request.params.id), 'delete'),
    );
  };
}
