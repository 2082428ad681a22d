// Lists page by page: an array in the body, the way to the next page and the total in headers.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Page } from '../records.ts';
import type { PageQuery } from './stores.ts';

const DEFAULT_LIMIT = 100;

export function pageQuery(query: { readonly limit?: number; readonly cursor?: string }): PageQuery {
  const { limit = DEFAULT_LIMIT, cursor } = query;
  return cursor === undefined ? { limit } : { limit, cursor };
}

/** Sets the headers `Link` and `X-Total-Count`. */
export function announcePage(request: FastifyRequest, reply: FastifyReply, page: Page<unknown>): void {
  reply.header('x-total-count', page.total);
  if (page.nextCursor === null) return;
  const url = new URL(request.url, 'http://openpex');
  url.searchParams.set('cursor', page.nextCursor);
  reply.header('link', `<${url.pathname}${url.search}>; rel="next"`);
}
