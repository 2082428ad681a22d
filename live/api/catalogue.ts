// What can be had here and on which terms: the service itself, instance types, templates, kinds of lease.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Service } from '../service/service.ts';
import { ref } from '../wire/field.ts';
import { InstanceType, LeaseKind, ServiceInfo, Template } from '../wire/service.ts';
import type { ApiConfig } from './config.ts';
import { askableKinds } from './readers.ts';
import { amountsView, resourceView } from './views.ts';

const tags = ['service'];

export interface CatalogueRoutesParts {
  readonly service: Pick<
    Service,
    | 'settings'
    | 'speed'
    | 'now'
    | 'status'
    | 'isSimulated'
    | 'readsPreferences'
    | 'instanceTypes'
    | 'resources'
    | 'sites'
    | 'templates'
    | 'leaseKinds'
  >;
  readonly config: Pick<ApiConfig, 'version' | 'registration'>;
}

export function catalogueRoutes({ service, config }: CatalogueRoutesParts): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/service',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'getService',
          summary: 'Version, clock and rules of the service',
          tags,
          response: { 200: ref(ServiceInfo) },
        },
      },
      async () => {
        const {
          holdMs,
          maxRounds,
          shortestDurationMs,
          longestDurationMs,
          bookingHorizonMs,
          autoActivate,
          noShowGraceMs,
          pledge,
          waitlistMax,
          turnMs,
        } = service.settings;
        return {
          version: config.version,
          speed: service.speed,
          timeMs: service.now(),
          state: service.status.state,
          settings: {
            holdMs,
            maxRounds,
            shortestDurationMs,
            longestDurationMs: Number.isFinite(longestDurationMs) ? longestDurationMs : null,
            bookingHorizonMs,
            autoActivate,
            ...(pledge !== undefined && { pledge }),
            waitlistMax,
            turnMs,
            noShowGraceMs: Number.isFinite(noShowGraceMs) ? noShowGraceMs : null,
          },
          readsPreferences: service.readsPreferences,
          simulated: service.isSimulated,
          registration: config.registration,
          resources: service.resources.map(resourceView),
          sites: [...service.sites],
        };
      },
    );

    app.get(
      '/types',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'listTypes',
          summary: 'The sizes of instances',
          tags,
          response: { 200: Type.Array(ref(InstanceType)) },
        },
      },
      async () =>
        [...service.instanceTypes].map(([name, demand]) => ({
          name,
          ...amountsView(demand, service.resources),
        })),
    );

    app.get(
      '/templates',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'listTemplates',
          summary: 'What instances are made from; the first is the default',
          tags,
          response: { 200: Type.Array(ref(Template)) },
        },
      },
      async () => [...service.templates],
    );

    app.get(
      '/kinds',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'listKinds',
          summary: 'The kinds of lease',
          tags,
          response: { 200: Type.Array(ref(LeaseKind)) },
        },
      },
      async () => askableKinds(service).map(({ name, summary }) => ({ name, summary })),
    );
  };
}
