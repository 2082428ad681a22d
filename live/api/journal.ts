// /OpenPEX/journal, /OpenPEX/archives and /OpenPEX/report, for operators: everything that happened, where what was moved out of the journal
// is, and the simulator's reports about it.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { ServiceError } from '../problems.ts';
import type { Service } from '../service/service.ts';
import { Archive, JournalEntry, JournalQuery } from '../wire/event.ts';
import { ref } from '../wire/field.ts';
import { Load, LoadQuery } from '../wire/load.ts';
import { nodeOf, readSpan } from './readers.ts';
import type { Archives, Journal, Reports } from './stores.ts';
import { archiveView, journalView, loadView } from './views.ts';

const tags = ['journal'];

/** The report is one file with its own scripts and styles. It may run them, but as a stranger: without origin, cookies or network. */
const REPORT_POLICY = [
  'sandbox allow-scripts',
  "default-src 'none'",
  "script-src 'unsafe-inline'",
  "style-src 'unsafe-inline'",
  'img-src data:',
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

export interface JournalRoutesParts {
  readonly journal: Pick<Journal, 'page'>;
  readonly archives: Archives;
  readonly reports?: Reports;
  readonly service: Pick<Service, 'nodes'>;
}

export function journalRoutes({
  archives,
  journal,
  reports,
  service,
}: JournalRoutesParts): FastifyPluginAsyncTypebox {
  const available = (): Reports => {
    if (reports !== undefined) return reports;
    throw new ServiceError('PEX_NOT_FOUND', 'This service makes no reports.');
  };

  return async (app) => {
    app.get(
      '/journal',
      {
        config: { access: 'operator' },
        schema: {
          operationId: 'listJournal',
          summary: 'What happened: the newest first, or from a number on',
          tags,
          querystring: JournalQuery,
          response: { 200: Type.Array(ref(JournalEntry)) },
        },
      },
      async (request) => {
        const { after, before, limit = 100, type: types } = request.query;
        const entries = await journal.page({
          limit,
          ...(after === undefined ? { newestFirst: true } : { afterSeq: after }),
          ...(before === undefined ? {} : { beforeSeq: before }),
          ...(types === undefined ? {} : { types }),
        });
        return entries.map(journalView);
      },
    );

    app.get(
      '/archives',
      {
        config: { access: 'operator' },
        schema: {
          operationId: 'listArchives',
          summary: 'Files that history was moved into, the newest first',
          tags,
          response: { 200: Type.Array(ref(Archive)) },
        },
      },
      async () => (await archives.list()).map(archiveView),
    );

    app.get(
      '/load',
      {
        config: { access: 'operator' },
        schema: {
          operationId: 'getLoad',
          summary:
            'How much of the cluster, or of one node, was reserved and used, step by step over a time that is over',
          description:
            'By the definitions of the utilisation of a report. What is in an archive by now is left out.',
          tags,
          querystring: LoadQuery,
          response: { 200: ref(Load) },
        },
      },
      async (request) => {
        const span = readSpan(request.query);
        const { node } = request.query;
        const load = await available().load({ ...span, nodeId: node });
        // One that was removed has a history, and one that is new is there without any.
        if (node !== undefined && !load.isNodeKnown) nodeOf(service, node);
        return loadView(load);
      },
    );

    app.get(
      '/report',
      {
        config: { access: 'operator' },
        schema: {
          operationId: 'getReport',
          summary: 'The report on what happened so far, one HTML page',
          tags,
          produces: ['text/html'],
          response: {
            200: { description: 'HTML', content: { 'text/html': { schema: Type.String() } } },
          },
        },
      },
      async (_request, reply) => {
        const html = await available().renderReport();
        return reply
          .header('content-security-policy', REPORT_POLICY)
          .type('text/html; charset=utf-8')
          .send(html);
      },
    );

    app.get(
      '/report/summary.json',
      {
        config: { access: 'operator' },
        schema: {
          operationId: 'getReportSummary',
          summary: 'Its figures, as a run of the simulator has them in summary.json',
          tags,
          response: { 200: Type.Object({}, { additionalProperties: true }) },
        },
      },
      async (_request, reply) => {
        const summary = await available().summary();
        return reply
          .type('application/json; charset=utf-8')
          .serializer(JSON.stringify)
          .send({ ...Object(summary) });
      },
    );
  };
}
