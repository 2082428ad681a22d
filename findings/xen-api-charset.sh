#!/usr/bin/env bash
# xen-api, a charset in the content type changes the protocol, and the session that was opened is lost.
# One would expect `application/json; charset=utf-8` to be JSON. The client compares the header with exactly `application/json`; anything else
# means to it "JSON-RPC is not supported here" and it goes over to XML-RPC for good. The answer that it threw away was that of the login: the
# pool keeps that session, which nobody will close. From then on whole numbers are texts: VCPUs_max is
# "4", and "4" + 1 is "41". It matters where a proxy or a web framework stands in front of a pool, or plays one in a test: both like to add a
# charset. Set `transport` to what is meant, and turn numbers into numbers. Version: xen-api 4.7.6, Node 20, against a server in this script.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts xen-api@4.7.6

seen=$(node --input-type=module - <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { createClient } from 'xen-api';

const ANSWERS = {
  'session.login_with_password': () => `OpaqueRef:session-${++logins}`,
  'session.logout': (session) => sessions.delete(session) && '',
  'pool.get_all_records': () => ({ 'OpaqueRef:pool': { uuid: 'pool', master: 'OpaqueRef:host', other_config: {} } }),
  'system.listMethods': () => ['pool.get_all_records'],
  'VM.get_VCPUs_max': () => 4,
};
let logins = 0;
const sessions = new Set();
let contentType;

// Of XML-RPC as much as is needed here; a pool writes whole numbers as texts.
const inXml = (value) =>
  Array.isArray(value)
    ? `<array><data>${value.map((one) => `<value>${inXml(one)}</value>`).join('')}</data></array>`
    : typeof value === 'object'
      ? `<struct>${Object.entries(value).map(([name, one]) => `<member><name>${name}</name><value>${inXml(one)}</value></member>`).join('')}</struct>`
      : `<string>${value}</string>`;
const server = createServer(async (request, response) => {
  const body = await text(request);
  const isJson = request.url === '/jsonrpc';
  const method = isJson ? JSON.parse(body).method : /<methodName>(.*)<\/methodName>/.exec(body)[1];
  const value = ANSWERS[method](/OpaqueRef:session-\d+/.exec(body)?.[0]);
  if (method === 'session.login_with_password') sessions.add(value);
  if (isJson) {
    response.setHeader('content-type', contentType).end(JSON.stringify({ jsonrpc: '2.0', id: 0, result: value }));
    return;
  }
  const content = method === 'system.listMethods' ? value : { Status: 'Success', Value: value };
  response.setHeader('content-type', 'text/xml');
  response.end(`<?xml version="1.0"?><methodResponse><params><param><value>${inXml(content)}</value></param></params></methodResponse>`);
}).listen(0, '127.0.0.1');
await once(server, 'listening');
for (contentType of ['application/json', 'application/json; charset=utf-8']) {
  const before = logins;
  sessions.clear();
  const client = createClient({
    url: `http://127.0.0.1:${server.address().port}`,
    auth: { user: 'root', password: 'secret' },
    watchEvents: false,
  });
  await client.connect();
  const vcpus = await client.call('VM.get_VCPUs_max', 'OpaqueRef:vm');
  console.log(`${contentType}: ${logins - before} logins, ${sessions.size} sessions open, VCPUs_max + 1 is ${vcpus + 1}`);
  await client.disconnect();
}
process.exit();
JS
)
expected='application/json: 1 logins, 1 sessions open, VCPUs_max + 1 is 5
application/json; charset=utf-8: 2 logins, 2 sessions open, VCPUs_max + 1 is 41'
[ "$seen" = "$expected" ] || { printf 'CHANGED: expected\n%s\nsaw\n%s\n' "$expected" "$seen" >&2; exit 1; }
printf '%s\n' "$seen"
echo 'seen: xen-api 4.7.6 logs in twice and reads whole numbers as texts where the content type has a charset'
