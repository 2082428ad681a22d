// /OpenPEX/clock: an operator says that the clock of the machine is right after it jumped.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Service } from '../service/service.ts';
import { ref } from '../wire/field.ts';
import { Health } from '../wire/service.ts';
import { accountOf } from './authentication.ts';

export interface ClockRoutesParts {
  readonly service: Pick<Service, 'status' | 'trustClock'>;
}

export function clockRoutes({ service }: ClockRoutesParts): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.put(
      '/clock/trust',
      {
        config: { access: 'operator', ignoresBody: true },
        schema: {
          operationId: 'trustClock',
          summary: 'The clock is right as it is: go on after a jump',
          tags: ['operations'],
          response: { 200: ref(Health) },
        },
      },
      async (request) => {
        request.log.warn({ by: accountOf(request).username }, 'an operator says that the clock is right');
        await service.trustClock();
        const { state } = service.status;
        return { status: state === 'running' ? 'ready' : 'alive', state } as const;
      },
    );
  };
}
