// What HTTP requests of a host mean: POST to /jsonrpc is JSON-RPC, POST anywhere else XML-RPC, GET /rrd_updates the load.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Dispatcher } from '../dispatcher.ts';
import { ToolstackGone } from '../errors.ts';
import type { Injections } from '../injections.ts';
import type { Node } from '../nodes.ts';
import type { Pace } from '../pace.ts';
import { rrdUpdates } from '../rrd.ts';
import type { Toolstack } from '../toolstack.ts';
import { jsonAnswer, parseJsonCall } from './json-rpc.ts';
import { parseXmlCall, xmlAnswer } from './xml-rpc.ts';

/** More than any call is. */
const LONGEST_BODY = 4 * 2 ** 20;

export interface Front {
  readonly toolstack: Toolstack;
  readonly dispatcher: Dispatcher;
  readonly injections: Injections;
  readonly pace: Pace;
}

export function serveNode(
  front: Front,
  node: Node,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort(new ToolstackGone()));
    answer(front, node, request, gone.signal).then(
      ({ status, type, body }) => {
        response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
        response.end(body);
      },
      // The toolstack died under the call, or the client left: there is no answer.
      () => request.socket.destroy(),
    );
  };
}

interface Answer {
  readonly status: number;
  /** Exactly this: clients compare it letter by letter. */
  readonly type: string;
  readonly body: string;
}

async function answer(
  front: Front,
  node: Node,
  request: IncomingMessage,
  gone: AbortSignal,
): Promise<Answer> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://host');
  if (request.method === 'GET' && pathname === '/rrd_updates') {
    return rrdUpdates(front.toolstack, node.host, searchParams);
  }
  if (request.method !== 'POST') return page(404, 'Not found');
  const text = await readBody(request);
  const answered = await (pathname === '/jsonrpc'
    ? answerJson(front, node, text, gone)
    : answerXml(front, node, text, gone));
  if (front.injections.latencyMs > 0) await front.pace.sleep(front.injections.latencyMs, gone);
  return answered;
}

async function answerJson(
  { dispatcher }: Front,
  node: Node,
  text: string,
  gone: AbortSignal,
): Promise<Answer> {
  const call = parsed(parseJsonCall, text);
  if (call === undefined) return page(500, 'Malformed request');
  const body = jsonAnswer(call, await dispatcher.handle(node, call, gone));
  return { status: 200, type: 'application/json', body };
}

async function answerXml(
  { dispatcher }: Front,
  node: Node,
  text: string,
  gone: AbortSignal,
): Promise<Answer> {
  const call = parsed(parseXmlCall, text);
  if (call === undefined) return page(500, 'Malformed request');
  const body = xmlAnswer(call, await dispatcher.handle(node, call, gone));
  return { status: 200, type: 'text/xml', body };
}

function parsed<C>(parse: (text: string) => C, text: string): C | undefined {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

function page(status: number, title: string): Answer {
  return { status, type: 'text/html', body: `<html><body><h1>${title}</h1></body></html>` };
}

export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > LONGEST_BODY) throw new Error('the request is too long');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}
