// /health, /ready and /metrics: for those who watch over the daemon.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { ServiceError } from '../problems.ts';
import type { Service } from '../service/service.ts';
import { ref } from '../wire/field.ts';
import { Health } from '../wire/service.ts';
import type { ApiConfig } from './config.ts';
import type { Metrics } from './metrics.ts';

const tags = ['operations'];

export interface OperationRoutesParts {
  readonly service: Pick<Service, 'status'>;
  readonly metrics: Pick<Metrics, 'registry'>;
  readonly config: Pick<ApiConfig, 'metrics'>;
}

export function operationRoutes({
  service,
  metrics,
  config,
}: OperationRoutesParts): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/health',
      {
        config: { access: 'anyone' },
        schema: {
          operationId: 'getHealth',
          summary: 'The process lives',
          tags,
          response: { 200: ref(Health) },
        },
      },
      async () => ({ status: 'alive', state: service.status.state }),
    );

    app.get(
      '/ready',
      {
        config: { access: 'anyone' },
        schema: {
          operationId: 'getReadiness',
          summary: 'The service decides; else 503',
          tags,
          response: { 200: ref(Health) },
        },
      },
      async () => {
        const { state } = service.status;
        if (state === 'running') return { status: 'ready', state };
        throw new ServiceError('PEX_UNAVAILABLE', `The service is ${state}.`, { state });
      },
    );

    app.get(
      '/metrics',
      {
        config: { access: config.metrics === 'public' ? 'anyone' : 'operator' },
        schema: {
          operationId: 'getMetrics',
          summary: 'Measurements, for Prometheus',
          tags,
          response: {
            200: { description: 'Prometheus text', content: { 'text/plain': { schema: Type.String() } } },
          },
        },
      },
      async (_request, reply) => {
        const text = await metrics.registry.metrics();
        return reply.type(metrics.registry.contentType).serializer(String).send(text);
      },
    );
  };
}
