// The OpenAPI 3.1 document, made from the schemas of the routes; docs/openapi.json is a copy of it.
import swagger from '@fastify/swagger';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyContextConfig, FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { describeResponses, HEADERS, PROBLEM } from './openapi-responses.ts';

/** To be called before the routes are registered. */
export async function describeApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'OpenPEX',
        description: 'Advance reservation of virtual machines, negotiated by alternate offers.',
        version,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      tags: [
        { name: 'reservations', description: 'Negotiation, and the life of a reservation' },
        { name: 'services', description: 'Services that follow a manifest' },
        { name: 'instances', description: 'The VMs of a reservation' },
        { name: 'quotes', description: 'Looking before asking' },
        { name: 'partners', description: 'Of whom is bought what is sold on; for operators' },
        { name: 'events', description: 'What happens, as it happens' },
        { name: 'accounts', description: 'Accounts and balances' },
        { name: 'session', description: 'Log-in of the portal' },
        { name: 'service', description: 'What can be had here' },
        { name: 'nodes', description: 'The cluster; for operators' },
        { name: 'journal', description: 'What happened; for operators' },
        { name: 'operations', description: 'For those who watch over the daemon' },
      ],
      components: {
        securitySchemes: {
          basic: { type: 'http', scheme: 'basic' },
          token: { type: 'http', scheme: 'bearer' },
          session: { type: 'apiKey', in: 'cookie', name: 'openpex_session' },
          csrf: { type: 'apiKey', in: 'header', name: 'X-OpenPEX-CSRF' },
          // Of the first OpenPEX, in place of HTTP Basic.
          user: { type: 'apiKey', in: 'header', name: 'OpenPEX-User' },
          password: { type: 'apiKey', in: 'header', name: 'OpenPEX-Pass' },
        },
        headers: HEADERS,
      },
    },
    refResolver: {
      buildLocalReference: (schema, _base, _fragment, index) => String(schema['$id'] ?? `schema-${index}`),
    },
    transform: ({ schema, url, route }) => ({
      url,
      schema: {
        ...schema,
        response: { ...Object(schema?.response), '4xx': PROBLEM, '5xx': PROBLEM },
        security: securityOf(route.config, String(route.method)),
      },
    }),
    transformObject: (document) => {
      if (!('openapiObject' in document)) throw new TypeError('the document is not an OpenAPI document');
      describeResponses((document.openapiObject.paths ?? {}) as Parameters<typeof describeResponses>[0]);
      return document.openapiObject;
    },
  });
}

export const openApiRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/openapi.json',
    {
      config: { access: 'anyone' },
      schema: {
        operationId: 'getOpenApi',
        summary: 'This document',
        tags: ['service'],
        response: { 200: Type.Object({}, { additionalProperties: true }) },
      },
    },
    async (_request, reply) =>
      reply
        .type('application/json; charset=utf-8')
        .serializer(JSON.stringify)
        .send({ ...app.swagger() }),
  );
};

function securityOf(
  { access, noToken }: FastifyContextConfig = {},
  method: string,
): Record<string, string[]>[] {
  if (access === undefined || access === 'anyone') return [];
  const guest = access === 'guest' ? [{}] : [];
  const token = noToken ? [] : [{ token: [] }];
  const session = method === 'GET' ? { session: [] } : { session: [], csrf: [] };
  return [...guest, { basic: [] }, { user: [], password: [] }, ...token, session];
}
