// /OpenPEX/services: services that follow a manifest. Submitting one asks for what it begins with; confirming it books that, and its rules are
// followed from then on.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { figureText } from '../../scenarios/services/rules.ts';
import type { ManagedServiceStatus, ManagedServices } from '../managed-services/managed-services.ts';
import { ServiceError } from '../problems.ts';
import type { ManagedLeaseRecord, ManagedServiceRecord } from '../records.ts';
import { IdParams, ref } from '../wire/field.ts';
import {
  type ManagedLease,
  ManagedService,
  ManagedServiceAnswerBody,
  ManagedServiceBody,
  ManagedServiceQuery,
  ProbedBody,
} from '../wire/managed-service.ts';
import { actingFor, isReachable, listScope, ownerOf } from './ownership.ts';
import { announcePage, pageQuery } from './pages.ts';
import type { Accounts, ManagedServiceRecords, Projects } from './stores.ts';
import { formatHttpDate } from './wire-dates.ts';

const tags = ['services'];
/** Of what its rules did, the newest. */
const LEASES_SHOWN = 200;

export interface ManagedServiceRoutesParts {
  readonly managed: { readonly services: ManagedServices; readonly records: ManagedServiceRecords };
  readonly accounts: Pick<Accounts, 'get'>;
  readonly projects: Pick<Projects, 'byName' | 'roleOf'>;
}

export function managedServiceRoutes(parts: ManagedServiceRoutesParts): FastifyPluginAsyncTypebox {
  const { accounts, projects } = parts;
  const { records, services } = parts.managed;

  /** What is out of reach looks as if it did not exist. */
  const reach = async (request: FastifyRequest, serviceId: string): Promise<ManagedServiceRecord> => {
    const record = await records.get(serviceId);
    if (record !== undefined && (await isReachable(request, projects, record))) return record;
    throw new ServiceError('PEX_NOT_FOUND', 'There is no such service.');
  };
  const whole = async (status: ManagedServiceStatus): Promise<ManagedService> => {
    const leases = await records.leases(status.record.serviceId, { limit: LEASES_SHOWN });
    return { ...managedServiceView(status), leases: leases.map(leaseView) };
  };

  return async (app) => {
    app.post(
      '/services',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'submitManagedService',
          summary: 'Submit a service manifest: what the service begins with is asked for, and held',
          description:
            'The first of two steps. The answer says of each instance what is on offer; nothing is booked until it is confirmed, and what is not confirmed in time is let go.',
          tags,
          body: ManagedServiceBody,
          response: { 201: ref(ManagedService) },
        },
      },
      async (request, reply) => {
        const { manifest, project } = request.body;
        const owner = await actingFor(request, projects, project);
        const status = await services.submit(owner, manifest);
        reply.code(201).header('location', `/OpenPEX/services/${status.record.serviceId}`);
        return whole(status);
      },
    );

    app.get(
      '/services',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'listManagedServices',
          summary: 'Own services, newest first, and how they stand; operators see all with all=true',
          tags,
          querystring: ManagedServiceQuery,
          response: { 200: Type.Array(ref(ManagedService)) },
        },
      },
      async (request, reply) => {
        const scope = await listScope(request, request.query, projects);
        const page = await records.list({ ...pageQuery(request.query), ...scope });
        announcePage(request, reply, page);
        return Promise.all(
          page.items.map(async (record) => managedServiceView(await services.status(record))),
        );
      },
    );

    app.get(
      '/services/:id',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'getManagedService',
          summary: 'One service: its components, what is measured, and what its rules did',
          tags,
          params: IdParams,
          response: { 200: ref(ManagedService) },
        },
      },
      async (request) => whole(await services.status(await reach(request, request.params.id))),
    );

    app.put(
      '/services/:id',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'answerManagedService',
          summary: 'Confirm a service that was submitted, or decline it',
          tags,
          params: IdParams,
          body: ManagedServiceAnswerBody,
          response: { 200: ref(ManagedService) },
        },
      },
      async (request) => {
        const record = await reach(request, request.params.id);
        const owner = await ownerOf(request, accounts, record);
        return whole(
          request.body.reply === 'CONFIRM'
            ? await services.confirm(record.serviceId, owner)
            : await services.decline(record.serviceId),
        );
      },
    );

    app.put(
      '/services/:id/metrics',
      {
        config: { access: 'user', forProbes: true },
        schema: {
          operationId: 'probeManagedService',
          summary: 'Say what is measured: a probe does, with a token of the scope "probe"',
          description: 'A value counts from the next control period on, until another one comes.',
          tags,
          params: IdParams,
          body: ProbedBody,
          response: { 204: Type.Null({ description: 'Done' }) },
        },
      },
      async (request, reply) => {
        const { serviceId } = await reach(request, request.params.id);
        await services.probe(serviceId, request.body.values);
        return reply.code(204).send(null);
      },
    );

    app.delete(
      '/services/:id',
      {
        config: { access: 'user', ignoresBody: true },
        schema: {
          operationId: 'endManagedService',
          summary: 'End a service, and give back what it has',
          tags,
          params: IdParams,
          response: { 200: ref(ManagedService) },
        },
      },
      async (request) => {
        const { serviceId } = await reach(request, request.params.id);
        return whole(await services.finish(serviceId));
      },
    );
  };
}

function managedServiceView(status: ManagedServiceStatus): ManagedService {
  const { manifest, nextLookMs, present, priceMicros, record } = status;
  return {
    id: record.serviceId,
    name: record.name,
    userid: record.userId,
    status: record.state,
    manifest: record.manifest,
    submittedTime: formatHttpDate(record.submittedMs),
    submittedTimeMs: record.submittedMs,
    holdUntil: formatHttpDate(record.holdUntilMs),
    holdUntilMs: record.holdUntilMs,
    confirmedTime: dateOrNull(record.confirmedMs),
    confirmedTimeMs: record.confirmedMs,
    endedTime: dateOrNull(record.endedMs),
    endedTimeMs: record.endedMs,
    endReason: record.endReason,
    nextLookTime: dateOrNull(nextLookMs),
    nextLookTimeMs: nextLookMs,
    priceMicros,
    components: manifest.components.map(({ max, min, name }) => ({
      name,
      min,
      max,
      wanted: record.figures[`Replicas.${name}`] ?? min,
      ...(present.get(name) ?? { booked: 0, running: 0 }),
    })),
    metrics: [...manifest.metrics.keys()].map((figure) => {
      const { atMs = null, value = null } = record.probed[figure] ?? {};
      return {
        name: figureText(figure),
        value: record.measured[figure] ?? 0,
        probed: value,
        probedTime: dateOrNull(atMs),
        probedTimeMs: atMs,
      };
    }),
    figures: Object.entries(record.figures)
      .filter(([figure]) => !manifest.metrics.has(figure))
      .map(([figure, value]) => ({ name: figureText(figure), value })),
  };
}

function leaseView(lease: ManagedLeaseRecord): ManagedLease {
  const { askedMs, component, endMs, leaseId, priceMicros, reason, reservationId, sinceMs, startMs, state } =
    lease;
  return {
    id: leaseId,
    component,
    state,
    since: formatHttpDate(sinceMs),
    sinceMs,
    reason,
    askedTime: formatHttpDate(askedMs),
    askedTimeMs: askedMs,
    startTime: formatHttpDate(startMs),
    startTimeMs: startMs,
    endTime: formatHttpDate(endMs),
    endTimeMs: endMs,
    reservation: reservationId,
    priceMicros,
  };
}

function dateOrNull(atMs: number | null): string | null {
  return atMs === null ? null : formatHttpDate(atMs);
}
