// The HTTP server under the API: plain or TLS, with limits for clients that are slow on purpose.
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { FastifyServerFactory } from 'fastify';
import type { ApiConfig } from './config.ts';
import { problemDocument } from './problem-document.ts';

/** Clients of EC2 send what a VM is to be told, up to 16 KiB of it, in the address of a GET. */
const MAX_HEADER_BYTES = 65_536;
/** For the answer to reach a client that is told to go. */
const LAST_WORD_MS = 500;

export function serverFactory({ tls, timeouts }: Pick<ApiConfig, 'tls' | 'timeouts'>): FastifyServerFactory {
  const { headersMs, requestMs, idleMs } = timeouts;
  const options: http.ServerOptions = {
    headersTimeout: Math.min(headersMs, requestMs),
    requestTimeout: requestMs,
    connectionsCheckingInterval: Math.min(requestMs, 5000),
    maxHeaderSize: MAX_HEADER_BYTES,
    keepAliveTimeout: idleMs,
  };
  return (handler) => {
    const server =
      tls === null
        ? http.createServer(options, handler)
        : https.createServer({ ...options, ...tls }, handler);
    server.setTimeout(idleMs);
    return server;
  };
}

/** For what is no HTTP, or comes too slowly: there is no request yet that could be answered in the usual way. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (socket.destroyed || error.code === 'ECONNRESET') return void socket.destroy();
  const isSlow = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const body = JSON.stringify(
    problemDocument(
      isSlow ? 'PEX_REQUEST_TIMEOUT' : 'PEX_BAD_REQUEST',
      isSlow
        ? 'The request took too long to arrive.'
        : 'This is not a request of HTTP/1.1, or one with too long headers.',
    ),
  );
  const head = [
    isSlow ? 'HTTP/1.1 408 Request Timeout' : 'HTTP/1.1 400 Bad Request',
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  // Who goes on sending, or never closes its half, keeps no descriptor of ours for it.
  setTimeout(() => socket.destroy(), LAST_WORD_MS).unref();
}
