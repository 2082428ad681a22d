// Looking before asking: what a proposal would be answered, and how many instances fit when. Nothing is held or recorded.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { ServiceError } from '../problems.ts';
import { accountOf } from './authentication.ts';
import type { ApiContext } from './parts.ts';
import { AvailabilityQuery, AvailabilityView, NegotiationView, ProposalBody, ref } from './schemas.ts';
import { proposalView, readInstant, readProposal, readType } from './wire.ts';

const tags = ['quotes'];

/** The longest span of time that one query shows. */
const MAX_SPAN_MS = 31 * 86_400_000;

export function quoteRoutes({ service }: ApiContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post(
      '/quotes',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'quote',
          summary: 'What the proposal would be answered now',
          tags,
          body: ProposalBody,
          response: { 200: ref(NegotiationView) },
        },
      },
      async (request) => {
        const asked = readProposal(request.body, service);
        // There is no reservation, so its id is empty, as in the answers of 2009 to what became none.
        const owner = { reservationId: '', userId: accountOf(request).userId };
        const quote = service.quote(asked);
        if (quote.reply === 'REJECT') {
          return { proposal: proposalView(asked, owner), reply: quote.reply, reason: quote.reason };
        }
        const { reply, proposal, priceMicros } = quote;
        return { proposal: proposalView(proposal, owner), reply, priceMicros };
      },
    );

    app.get(
      '/availability',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'getAvailability',
          summary: 'How many instances of a type fit, step by step over time',
          tags,
          querystring: AvailabilityQuery,
          response: { 200: ref(AvailabilityView) },
        },
      },
      async (request) => {
        const { name, demand } = readType(request.query.type, service, 'type');
        const span = readSpan(request.query);
        const steps = service.availability({ demand, ...span });
        return { type: name, ...span, steps: steps.map(({ fromMs, count }) => ({ fromMs, count })) };
      },
    );
  };
}

/** @throws ServiceError PEX_BAD_REQUEST unless it is more than nothing and at most 31 days */
export function readSpan(query: { readonly from: string; readonly to: string }): {
  readonly fromMs: number;
  readonly toMs: number;
} {
  const fromMs = readInstant(query.from, 'from');
  const toMs = readInstant(query.to, 'to');
  if (toMs > fromMs && toMs - fromMs <= MAX_SPAN_MS) return { fromMs, toMs };
  throw new ServiceError('PEX_BAD_REQUEST', 'to must be after from, by 31 days at most.', { field: 'to' });
}
