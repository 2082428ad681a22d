// /OpenPEX/reservations: the negotiation and the life of a reservation, as in table 4.1 of the 2009 report, and what it lacked.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { changedTerms } from '../../engine/index.ts';
import type { ReservationRecord } from '../records.ts';
import type { Service } from '../service/service.ts';
import { IdempotencyHeaders, IdParams, PageQuery, ref } from '../wire/field.ts';
import { Instance } from '../wire/instance.ts';
import { LabelBody } from '../wire/label.ts';
import {
  ChangeAnswerBody,
  ChangeBody,
  NegotiationReply,
  Offer,
  ReplyBody,
  RequestBody,
} from '../wire/negotiation.ts';
import { TransferBody } from '../wire/project.ts';
import { Claim, ClaimBody, Reservation, ReservationQuery } from '../wire/reservation.ts';
import type { Approval } from './approval.ts';
import { accountOf } from './authentication.ts';
import { noteOf } from './idempotency.ts';
import type { Metrics } from './metrics.ts';
import { actingFor, listScope, ownerOf, reachableReservation, recipientOf } from './ownership.ts';
import { announcePage, pageQuery } from './pages.ts';
import { type Catalogue, readChange, readProposal, readReply } from './readers.ts';
import { refusedReservation } from './refusals.ts';
import type { Accounts, Instances, Projects, Reservations } from './stores.ts';
import { instanceView, negotiationView, offerView, partnerInstanceView, reservationView } from './views.ts';

const tags = ['reservations'];

export interface ReservationRoutesParts {
  readonly service: Catalogue &
    Pick<
      Service,
      | 'consoleOf'
      | 'resources'
      | 'settings'
      | 'status'
      | 'queue'
      | 'waitlist'
      | 'imageOf'
      | 'open'
      | 'reply'
      | 'terms'
      | 'change'
      | 'answerChange'
      | 'activate'
      | 'cancel'
      | 'claimOptions'
      | 'transfer'
      | 'partnerInstances'
    >;
  readonly accounts: Pick<Accounts, 'get' | 'byUsername'>;
  readonly projects: Pick<Projects, 'byName' | 'roleOf'>;
  readonly approval: Pick<Approval, 'ask'>;
  readonly reservations: Reservations;
  readonly instances: Pick<Instances, 'list'>;
  readonly metrics: Pick<Metrics, 'replied'>;
}

export function reservationRoutes({
  service,
  accounts,
  projects,
  approval,
  reservations,
  instances,
  metrics,
}: ReservationRoutesParts): FastifyPluginAsyncTypebox {
  /** The queue, and the waitlist, are thought out only where one of them may wait there, and not while nothing is decided. */
  const viewsOf = (records: readonly ReservationRecord[]) => {
    const decides = service.status.state === 'running';
    const queue = decides && records.some(mayWait) ? service.queue() : [];
    const waits = ({ state }: ReservationRecord) => state === 'WAITLISTED';
    const waitlist = decides && records.some(waits) ? service.waitlist() : [];
    return records.map((record) => {
      const isOfIt = ({ reservationId }: { readonly reservationId: string }) =>
        reservationId === record.reservationId;
      const { reservationId, windowOpen } = record;
      const image = decides && !windowOpen ? service.imageOf(reservationId) : undefined;
      const place = { queued: queue.find(isOfIt), waiting: waitlist.find(isOfIt), image };
      return reservationView(record, service, place);
    });
  };
  const viewOf = (record: ReservationRecord) => viewsOf([record])[0]!;

  /** What is not over the service knows by itself. */
  const onlyTerms = {
    get: async (reservationId: string) => service.terms(reservationId) ?? reservations.terms(reservationId),
  };

  return async (app) => {
    app.post(
      '/reservations',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'createReservation',
          summary: 'Ask for a reservation: the first message of a negotiation',
          tags,
          headers: IdempotencyHeaders,
          body: RequestBody,
          response: { 200: ref(NegotiationReply) },
        },
      },
      async (request, reply) => {
        const account = await actingFor(request, projects, request.body.project);
        const { name = null, note = null } = request.body;
        const asked = readProposal(request.body, service);
        const opened = await service.open(account, asked, noteOf(request));
        if (name !== null || note !== null)
          await reservations.setFirstLabel(opened.reservationId, { name, note });
        metrics.replied('request', opened.reply);
        const owner = { reservationId: opened.reservationId, userId: account.userId };
        reply.header('location', `/OpenPEX/reservations/${opened.reservationId}`);
        return negotiationView(opened.reply, opened.proposal, owner);
      },
    );

    app.get(
      '/reservations',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'listReservations',
          summary: 'Own reservations, newest first',
          tags,
          querystring: ReservationQuery,
          response: { 200: Type.Array(ref(Reservation)) },
        },
      },
      async (request, reply) => {
        const { state: states, all, project, ...query } = request.query;
        const page = await reservations.list({
          ...pageQuery(query),
          ...(await listScope(request, { all, project }, projects)),
          ...(states === undefined ? {} : { states }),
        });
        announcePage(request, reply, page);
        return viewsOf(page.items);
      },
    );

    app.get(
      '/reservations/:id',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'getReservation',
          summary: 'One reservation',
          tags,
          params: IdParams,
          response: { 200: ref(Reservation) },
        },
      },
      async (request) =>
        viewOf(await reachableReservation(request, { projects, reservations }, request.params.id)),
    );

    app.put(
      '/reservations/:id',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'updateReservation',
          summary: 'Answer an offer: ACCEPT, CONFIRM, REJECT, or COUNTER with other terms',
          tags,
          params: IdParams,
          body: ReplyBody,
          response: { 200: ref(NegotiationReply) },
        },
      },
      async (request) => {
        const record = await reachableReservation(
          request,
          { projects, reservations: onlyTerms },
          request.params.id,
        );
        const { proposal: offered, reservationId } = record;
        const answer = readReply(request.body, { offered, reservationId }, service);
        const owner = await ownerOf(request, accounts, record);
        const isConfirmed = answer.reply === 'CONFIRM' && record.state === 'ACCEPTED';
        if (isConfirmed)
          await approval.ask({
            action: 'confirm',
            by: accountOf(request),
            owner,
            reservationId: record.reservationId,
            terms: record.proposal,
            priceMicros: record.priceMicros,
          });
        const reply = await service.reply(owner, record.reservationId, answer, {
          ...(isConfirmed ? { round: record.round } : {}),
        });
        metrics.replied(answer.reply, reply);
        return negotiationView(reply, answer.reply === 'COUNTER' ? answer.proposal : record.proposal, record);
      },
    );

    app.put(
      '/reservations/:id/label',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'labelReservation',
          summary:
            'Give it a name, a note, or both, or other ones; null takes them away, and what is left out stays',
          tags,
          params: IdParams,
          body: LabelBody,
          response: { 200: ref(Reservation) },
        },
      },
      async (request) => {
        const record = await reachableReservation(request, { projects, reservations }, request.params.id);
        await reservations.setLabel(record.reservationId, request.body);
        return viewOf((await reservations.get(record.reservationId)) ?? record);
      },
    );

    app.post(
      '/reservations/:id/change',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'changeReservation',
          summary:
            'Ask for other terms of a confirmed reservation: longer, shorter, at another time, more or fewer',
          description:
            'What is left out stays. The answer is that of a negotiation, and holds what is offered; the reservation stands as it did until the ' +
            'change is confirmed. Asking again gives up what was offered before.',
          tags,
          headers: IdempotencyHeaders,
          params: IdParams,
          body: ChangeBody,
          response: { 200: ref(NegotiationReply) },
        },
      },
      async (request) => {
        const record = await reachableReservation(request, { projects, reservations }, request.params.id);
        const owner = await ownerOf(request, accounts, record);
        const asked = readChange(request.body, record.proposal);
        const note = noteOf(request, ['change', record.reservationId]);
        const reply = await service.change(owner, record.reservationId, asked, {
          note,
          isOperator: isOperator(request),
        });
        metrics.replied('change', reply);
        return negotiationView(reply, record.proposal && changedTerms(record.proposal, asked), record);
      },
    );

    app.put(
      '/reservations/:id/change',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'answerChange',
          summary: 'Answer the offer of a change: ACCEPT, CONFIRM, or REJECT',
          tags,
          params: IdParams,
          body: ChangeAnswerBody,
          response: { 200: ref(NegotiationReply) },
        },
      },
      async (request) => {
        const record = await reachableReservation(request, { projects, reservations }, request.params.id);
        const owner = await ownerOf(request, accounts, record);
        const { change } = record;
        const isConfirmed = request.body.reply === 'CONFIRM' && change?.reply === 'ACCEPT';
        if (isConfirmed)
          await approval.ask({
            action: 'confirm-change',
            by: accountOf(request),
            owner,
            reservationId: record.reservationId,
            terms: change.terms,
            priceMicros: change.priceMicros,
          });
        const reply = await service.answerChange(owner, record.reservationId, request.body.reply, {
          ...(isConfirmed ? { round: change.round } : {}),
          isOperator: isOperator(request),
        });
        metrics.replied('change', reply);
        const terms = request.body.reply === 'CONFIRM' ? record.change?.terms : undefined;
        return negotiationView(reply, terms ?? record.proposal, record);
      },
    );

    app.put(
      '/reservations/:id/activate',
      {
        config: { access: 'user', ignoresBody: true },
        schema: {
          operationId: 'activateReservation',
          summary: 'Let the VMs start at the start time, or at once when that has passed',
          tags,
          params: IdParams,
          response: { 200: ref(Reservation) },
        },
      },
      async (request) => {
        const record = await reachableReservation(request, { projects, reservations }, request.params.id);
        const reply = await service.activate(record.reservationId);
        metrics.replied('activate', reply);
        negotiationView(reply, record.proposal, record);
        return viewOf((await reservations.get(record.reservationId)) ?? record);
      },
    );

    app.delete(
      '/reservations/:id',
      {
        config: { access: 'user', ignoresBody: true },
        schema: {
          operationId: 'deleteReservation',
          summary: 'Cancel a reservation that was not activated, or whose window has not opened',
          tags,
          params: IdParams,
          response: { 200: ref(Reservation) },
        },
      },
      async (request) => {
        const record = await reachableReservation(request, { projects, reservations }, request.params.id);
        const reply = await service.cancel(record.reservationId, { isOperator: isOperator(request) });
        metrics.replied('cancel', reply);
        negotiationView(reply, record.proposal, record);
        return viewOf((await reservations.get(record.reservationId)) ?? record);
      },
    );

    app.post(
      '/reservations/:id/claim',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'claimOptions',
          summary: 'Claim optional instances of an activated reservation whose window is open',
          tags,
          headers: IdempotencyHeaders,
          params: IdParams,
          body: ClaimBody,
          response: { 200: Claim },
        },
      },
      async (request) => {
        const record = await reachableReservation(request, { projects, reservations }, request.params.id);
        const owner = await ownerOf(request, accounts, record);
        await approval.ask({
          action: 'claim',
          by: accountOf(request),
          owner,
          reservationId: record.reservationId,
          terms: record.proposal,
          priceMicros: null,
          count: request.body.count,
        });
        const reply = await service.claimOptions(
          owner,
          record.reservationId,
          request.body.count,
          noteOf(request, ['claim', record.reservationId]),
        );
        if (reply.reply === 'REQUEST_FAILED') throw refusedReservation(reply);
        return {
          granted: reply.granted,
          reservation: viewOf((await reservations.get(record.reservationId)) ?? record),
        };
      },
    );

    app.post(
      '/reservations/:id/transfer',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'transferReservation',
          summary: 'Give a confirmed reservation to a project, or take it from one',
          description:
            'The new owner pays what was paid so far, which the former one gets back. To oneself and to projects that one is a member of; ' +
            'operators give it to anybody.',
          tags,
          headers: IdempotencyHeaders,
          params: IdParams,
          body: TransferBody,
          response: { 200: ref(Reservation) },
        },
      },
      async (request) => {
        const record = await reachableReservation(request, { projects, reservations }, request.params.id);
        const to = await recipientOf(request, { accounts, projects }, request.body.to);
        const reply = await service.transfer(to, record.reservationId, {
          note: noteOf(request, ['transfer', record.reservationId]),
          isOperator: isOperator(request),
        });
        metrics.replied('transfer', reply);
        negotiationView(reply, record.proposal, record);
        return viewOf((await reservations.get(record.reservationId)) ?? record);
      },
    );

    app.get(
      '/reservations/:id/offers',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'listOffers',
          summary: 'The messages of its negotiation, in order',
          tags,
          params: IdParams,
          response: { 200: Type.Array(ref(Offer)) },
        },
      },
      async (request) => {
        const record = await reachableReservation(request, { projects, reservations }, request.params.id);
        const offers = await reservations.offers(record.reservationId);
        return offers.map((offer) => offerView(offer, record.userId));
      },
    );

    app.get(
      '/reservations/:id/instances',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'listInstancesOfReservation',
          summary: 'Its instances, those that are destroyed included',
          tags,
          params: IdParams,
          querystring: PageQuery,
          response: { 200: Type.Array(ref(Instance)) },
        },
      },
      async (request, reply) => {
        const record = await reachableReservation(request, { projects, reservations }, request.params.id);
        const { outsourced, reservationId } = record;
        if (outsourced !== undefined && record.confirmedMs !== null) {
          // Afterwards nothing of it is there, and its partner need not know it any more.
          const theirs = record.endedMs === null ? await service.partnerInstances(outsourced) : [];
          announcePage(request, reply, { items: theirs, total: theirs.length, nextCursor: null });
          return theirs.map((instance) => partnerInstanceView(instance, { ...record, outsourced }));
        }
        const page = await instances.list({
          ...pageQuery(request.query),
          reservationId,
          includeDeleted: true,
        });
        announcePage(request, reply, page);
        return page.items.map((record) => instanceView(record, service));
      },
    );
  };
}

/** What was suspended has nodes, where its memory is. */
function mayWait({ state, windowOpen }: ReservationRecord): boolean {
  return (state === 'CONFIRMED' || state === 'ACTIVATED') && !windowOpen;
}

function isOperator(request: FastifyRequest): boolean {
  return accountOf(request).role === 'operator';
}
