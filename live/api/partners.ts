// /OpenPEX/partners and /OpenPEX/transfers, for operators: of whom the service buys what it sells on, and what it owes them.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { PartnerSettings } from '../partner-settings.ts';
import type { Service } from '../service/service.ts';
import { ref } from '../wire/field.ts';
import { Partner, Transfer, TransferQuery } from '../wire/partner.ts';
import { announcePage, pageQuery } from './pages.ts';
import type { Passages } from './stores.ts';
import { transferView } from './views.ts';

const tags = ['partners'];

export interface PartnerRoutesParts {
  readonly partners: readonly Pick<PartnerSettings, 'name' | 'url'>[];
  readonly passages: Passages;
  readonly service: Pick<Service, 'resaleOf'>;
}

export function partnerRoutes({
  partners,
  passages,
  service,
}: PartnerRoutesParts): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/partners',
      {
        config: { access: 'operator' },
        schema: {
          operationId: 'listPartners',
          summary: 'Of whom the service buys what it sells on, and what each is owed by now',
          tags,
          response: { 200: Type.Array(ref(Partner)) },
        },
      },
      async () => {
        const balances = await passages.balances();
        const known = partners.map(({ name }) => name);
        const former = balances.map(({ partner }) => partner).filter((name) => !known.includes(name));
        return [...known, ...former].map((name) => {
          const { open = 0, owedMicros = 0 } = balances.find(({ partner }) => partner === name) ?? {};
          const url = partners.find((partner) => partner.name === name)?.url ?? null;
          return { name, url, isBoughtOf: service.resaleOf.includes(name), owedMicros, open };
        });
      },
    );

    app.get(
      '/transfers',
      {
        config: { access: 'operator' },
        schema: {
          operationId: 'listTransfers',
          summary: 'What was bought of partners, and what is owed for it, newest first',
          tags,
          querystring: TransferQuery,
          response: { 200: Type.Array(ref(Transfer)) },
        },
      },
      async (request, reply) => {
        const { reservation: reservationId, ...query } = request.query;
        const page = await passages.page({
          ...pageQuery(query),
          ...(reservationId !== undefined && { reservationId }),
        });
        announcePage(request, reply, page);
        return page.items.map(transferView);
      },
    );
  };
}
