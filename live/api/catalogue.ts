// What can be had here and on which terms: the service itself, instance types, templates.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { ApiContext } from './parts.ts';
import { ref, ServiceView, TemplateView, TypeView } from './schemas.ts';

const tags = ['service'];

export function catalogueRoutes({ service, config }: ApiContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/service',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'getService',
          summary: 'Version, clock and rules of the service',
          tags,
          response: { 200: ref(ServiceView) },
        },
      },
      async () => {
        const { holdMs, maxRounds, bookingHorizonMs, autoActivate } = service.settings;
        return {
          version: config.version,
          speed: service.speed,
          timeMs: service.now(),
          state: service.status.state,
          settings: { holdMs, maxRounds, bookingHorizonMs, autoActivate },
          simulated: service.isSimulated,
          registration: config.registration,
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
          response: { 200: Type.Array(ref(TypeView)) },
        },
      },
      async () =>
        [...service.instanceTypes].map(([name, { milliCpus, memoryMib, diskGib }]) => ({
          name,
          cpus: milliCpus / 1000,
          memoryMib,
          diskGib,
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
          response: { 200: Type.Array(ref(TemplateView)) },
        },
      },
      async () => [...service.templates],
    );
  };
}
