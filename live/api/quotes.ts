// Looking before asking: what a proposal would be answered, and how many instances fit when. Nothing is held or recorded.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { PartnerQuotes } from '../partners/partner-quotes.ts';
import type { AccountRecord } from '../records.ts';
import type { AvailabilityStep, Service } from '../service/service.ts';
import { ref } from '../wire/field.ts';
import { NegotiationReply, PartnerQuote, ProposalBody } from '../wire/negotiation.ts';
import { Availability, AvailabilityQuery, QuoteQuery } from '../wire/service.ts';
import { accountOf } from './authentication.ts';
import { actingFor, ownerOf, reachableReservation } from './ownership.ts';
import { type Catalogue, readInstant, readProposal, readSpan, readType } from './readers.ts';
import type { Accounts, Projects, Reservations } from './stores.ts';
import { quoteView, refusalView } from './views.ts';

const tags = ['quotes'];

export interface QuoteRoutesParts {
  readonly service: Catalogue & Pick<Service, 'quote' | 'availability' | 'refusalOf' | 'roomOf' | 'startsOf'>;
  readonly partners: Pick<PartnerQuotes, 'ask'>;
  readonly accounts: Pick<Accounts, 'get'>;
  readonly projects: Pick<Projects, 'byName' | 'roleOf'>;
  readonly reservations: Pick<Reservations, 'get'>;
}

export function quoteRoutes({
  accounts,
  partners,
  projects,
  reservations,
  service,
}: QuoteRoutesParts): FastifyPluginAsyncTypebox {
  /** The negotiation that is asked about, if one is, and whose limits count. @throws ServiceError PEX_NOT_FOUND */
  const meant = async (
    request: FastifyRequest,
    { project, reservation }: { readonly project?: string; readonly reservation?: string },
  ): Promise<{ readonly account: AccountRecord; readonly reservationId?: string }> => {
    if (reservation === undefined) return { account: await actingFor(request, projects, project) };
    const record = await reachableReservation(request, { projects, reservations }, reservation);
    return { account: await ownerOf(request, accounts, record), reservationId: record.reservationId };
  };

  return async (app) => {
    app.post(
      '/quotes',
      {
        config: { access: 'user', changesNothing: true },
        schema: {
          operationId: 'quote',
          summary: 'What the proposal would be answered now',
          tags,
          querystring: QuoteQuery,
          body: ProposalBody,
          response: { 200: ref(NegotiationReply) },
        },
      },
      async (request) => {
        const asked = readProposal(request.body, service);
        // There is no reservation, so its id is empty, as in the answers of 2009 to what became none.
        const owner = { reservationId: '', userId: accountOf(request).userId };
        const { account, reservationId } = await meant(request, request.query);
        const quote = service.quote(asked, reservationId);
        const refusal = service.refusalOf(account, asked, reservationId);
        return {
          ...quoteView(quote, asked, owner),
          ...(refusal !== undefined && { refusal: refusalView(refusal) }),
        };
      },
    );

    app.post(
      '/quotes/partners',
      {
        config: { access: 'user', changesNothing: true },
        schema: {
          operationId: 'quotePartners',
          summary:
            'What the partners of the service would answer now: what is accepted first, the cheapest of it',
          tags,
          body: ProposalBody,
          response: { 200: Type.Array(ref(PartnerQuote)) },
        },
      },
      async (request) => [...(await partners.ask(request.body))],
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
          response: { 200: ref(Availability) },
        },
      },
      async (request) => {
        const { name, demand } = readType(request.query.type, service, 'type');
        const span = readSpan(request.query);
        const { account, reservationId } = await meant(request, request.query);
        const steps = service.availability({ demand, ...span }, reservationId);
        const own = service.roomOf(account, { demand, ...span }, reservationId);
        const { duration: durationMs, start } = request.query;
        const exactly = start === undefined ? {} : { startMs: readInstant(start, 'start') };
        const starts =
          durationMs === undefined
            ? undefined
            : service.startsOf(account, { demand, durationMs, ...span, ...exactly }, reservationId);
        return {
          type: name,
          ...span,
          steps: steps.map(stepView),
          own: own.map(stepView),
          ...(starts !== undefined && { ownStarts: starts.map(stepView) }),
        };
      },
    );
  };
}

function stepView({ count, fromMs }: AvailabilityStep) {
  return { fromMs, count };
}
