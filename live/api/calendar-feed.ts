// Reservations for calendar programs: one as a file, and all of one's own at an address that brings its token, for such programs cannot log in.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { ServiceError } from '../problems.ts';
import type { Service } from '../service/service.ts';
import { IdParams } from '../wire/field.ts';
import { CalendarFeedQuery } from '../wire/token.ts';
import type { ApiConfig } from './config.ts';
import { icalendarOf } from './icalendar.ts';
import { reachableReservation } from './ownership.ts';
import type { Accounts, Projects, Reservations, Tokens } from './stores.ts';

const tags = ['calendars'];
/** The newest; calendar programs read all of it every time. */
const MOST = 500;
const STATES = ['ACCEPTED', 'COUNTERED', 'CONFIRMED', 'ACTIVATED', 'EXPIRED'] as const;
const response = {
  200: {
    description: 'iCalendar (RFC 5545)',
    content: { 'text/calendar': { schema: Type.String() } },
  },
};

export interface CalendarFeedParts {
  readonly accounts: Pick<Accounts, 'get'>;
  readonly config: Pick<ApiConfig, 'version'>;
  readonly projects: Pick<Projects, 'roleOf'>;
  readonly reservations: Pick<Reservations, 'get' | 'list'>;
  readonly service: Pick<Service, 'now'>;
  readonly tokens: Pick<Tokens, 'find'>;
}

export function calendarFeedRoutes(parts: CalendarFeedParts): FastifyPluginAsyncTypebox {
  const { accounts, config, projects, reservations, service, tokens } = parts;
  const { version } = config;
  return async (app) => {
    app.get(
      '/calendar.ics',
      {
        config: { access: 'anyone' },
        schema: {
          operationId: 'getCalendarFeed',
          summary: 'The reservations of whoever made the token, whose scope is "calendar"',
          tags,
          querystring: CalendarFeedQuery,
          produces: ['text/calendar'],
          response,
        },
      },
      async (request, reply) => {
        const token = await tokens.find(request.query.token, Date.now());
        const account = token?.scope === 'calendar' ? await accounts.get(token.userId) : undefined;
        if (account === undefined || account.disabled)
          throw new ServiceError('PEX_UNAUTHORIZED', 'There is no such calendar, or its token was revoked.');
        const { userId, username } = account;
        const { items } = await reservations.list({ userId, states: STATES, limit: MOST });
        const name = `OpenPEX: ${username}`;
        return reply
          .type('text/calendar; charset=utf-8')
          .serializer(String)
          .send(icalendarOf(items, { name, version, nowMs: service.now() }));
      },
    );

    app.get(
      '/reservations/:id/calendar.ics',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'getReservationAsCalendar',
          summary: 'The reservation as an entry of a calendar; none when it has no place in time',
          tags,
          params: IdParams,
          produces: ['text/calendar'],
          response,
        },
      },
      async (request, reply) => {
        const record = await reachableReservation(request, { projects, reservations }, request.params.id);
        const { reservationId } = record;
        return reply
          .type('text/calendar; charset=utf-8')
          .header('content-disposition', `attachment; filename="openpex-${reservationId.slice(0, 8)}.ics"`)
          .serializer(String)
          .send(icalendarOf([record], { name: `OpenPEX ${reservationId}`, version, nowMs: service.now() }));
      },
    );
  };
}
