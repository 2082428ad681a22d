#!/usr/bin/env bash
# xen-api, after a change of the pool's master every call fails while the client says that it is connected.
# One would expect a client that follows HOST_IS_SLAVE to follow it. It does so while it opens a session and at no other time: when the master
# changes under a session, each call is refused with HOST_IS_SLAVE and the new master's address, `status` stays 'connected', and nothing else
# happens however often one calls. After `disconnect()` and `connect()` the same client finds the new master.
# It matters to managers that should outlive a planned change of master: reconnect on this error, for nobody else does, and do not ask
# `status` whether the pool can be reached. Version: xen-api 4.7.6, Node 20, against two addresses of a server in this script.
set -eu
[ "$(uname)" = Linux ] || { echo 'skipped: needs 127.0.0.2 as a second address of this machine, as Linux has it' >&2; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts xen-api@4.7.6

seen=$(node --input-type=module - <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { createClient } from 'xen-api';

let master = '127.0.0.1';
const ANSWERS = {
  'session.login_with_password': () => 'OpaqueRef:session',
  'session.logout': () => '',
  'pool.get_all_records': () => ({ 'OpaqueRef:pool': { uuid: 'pool', master: 'OpaqueRef:host', other_config: {} } }),
  'system.listMethods': () => ['pool.get_all_records'],
  'VM.get_name_label': () => 'one',
};
async function answer(request, response) {
  const { method } = await json(request);
  const outcome =
    request.socket.localAddress === master
      ? { result: ANSWERS[method]() }
      : { error: { code: 1, message: 'HOST_IS_SLAVE', data: [master] } };
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ jsonrpc: '2.0', id: 0, ...outcome }));
}
const first = createServer(answer).listen(0, '127.0.0.1');
await once(first, 'listening');
const { port } = first.address();
await once(createServer(answer).listen(port, '127.0.0.2'), 'listening');

const client = createClient({
  url: `http://127.0.0.1:${port}`,
  auth: { user: 'root', password: 'secret' },
  watchEvents: false,
});
async function ask(label) {
  const outcome = await client.call('VM.get_name_label', 'OpaqueRef:vm').catch((error) => error.message);
  console.log(`${label}: ${outcome}, ${client.status}`);
}
await client.connect();
await ask('before the change');
master = '127.0.0.2';
await ask('after it');
await ask('again');
await ask('and again');
await client.disconnect();
await client.connect();
await ask('connected anew');
process.exit();
JS
)
expected='before the change: one, connected
after it: HOST_IS_SLAVE(127.0.0.2), connected
again: HOST_IS_SLAVE(127.0.0.2), connected
and again: HOST_IS_SLAVE(127.0.0.2), connected
connected anew: one, connected'
[ "$seen" = "$expected" ] || { printf 'CHANGED: expected\n%s\nsaw\n%s\n' "$expected" "$seen" >&2; exit 1; }
printf '%s\n' "$seen"
echo 'seen: xen-api 4.7.6 stays connected to a host that is no longer the master, and every call fails'
