// A URL that is told, and answers as the test likes.
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { arrivals } from './arrivals.ts';

export interface ReceivedCall {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** @param answer the status, and the body if any; undefined: none comes */
export async function startWebHook(
  answer: (call: ReceivedCall) => { status: number; body?: string } | undefined = () => ({ status: 204 }),
) {
  const calls = arrivals<ReceivedCall>();
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      const call = { headers: request.headers, body };
      const given = answer(call);
      calls.add(call);
      if (given === undefined) return;
      response.writeHead(given.status, { location: 'http://127.0.0.1/elsewhere' }).end(given.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}/hook`,
    port,
    calls,
    stop: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
