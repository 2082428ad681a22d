#!/usr/bin/env bash
# xen-api, a field that the first record of a class had not is missing in all later ones.
# One would expect a record to hold what the pool sent. The client makes a class out of the first VM (or host, ...) that it sees, and copies
# only that one's fields for as long as the client lives: over a disconnect and a connect too. When a pool is upgraded and its records gain a
# field, a service that stays up never sees it, while `call('VM.get_record')` of the same client shows it and a new client has it as well.
# It matters to managers that run for months: make a new client after each loss of the connection.
# And to doubles of a pool in tests: every record has to have every field. Version: xen-api 4.7.6, Node 20, against a server in this script.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts xen-api@4.7.6

seen=$(node --input-type=module - <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { createClient } from 'xen-api';

let vm = { uuid: 'vm', name_label: 'one' };
const ANSWERS = {
  'session.login_with_password': () => 'OpaqueRef:session',
  'session.logout': () => '',
  'pool.get_all_records': () => ({ 'OpaqueRef:pool': { uuid: 'pool', master: 'OpaqueRef:host', other_config: {} } }),
  'system.listMethods': () => ['pool.get_all_records'],
  'VM.get_record': () => vm,
};
const server = createServer(async (request, response) => {
  const { method } = await json(request);
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ jsonrpc: '2.0', id: 0, result: ANSWERS[method]() }));
}).listen(0, '127.0.0.1');
await once(server, 'listening');
async function connect() {
  const client = createClient({
    url: `http://127.0.0.1:${server.address().port}`,
    auth: { user: 'root', password: 'secret' },
    watchEvents: false,
  });
  await client.connect();
  return client;
}
const show = (label, record) => console.log(`${label}: ${Object.keys(record).join(', ')}`);

const client = await connect();
show('before the upgrade', await client.getRecord('VM', 'OpaqueRef:vm'));
await client.disconnect();
vm = { uuid: 'vm', name_label: 'one', groups: [] };
await client.connect();
show('after it', await client.getRecord('VM', 'OpaqueRef:vm'));
show('after it, by call', await client.call('VM.get_record', 'OpaqueRef:vm'));
show('after it, a new client', await (await connect()).getRecord('VM', 'OpaqueRef:vm'));
process.exit();
JS
)
expected='before the upgrade: uuid, name_label
after it: uuid, name_label
after it, by call: uuid, name_label, groups
after it, a new client: uuid, name_label, groups'
[ "$seen" = "$expected" ] || { printf 'CHANGED: expected\n%s\nsaw\n%s\n' "$expected" "$seen" >&2; exit 1; }
printf '%s\n' "$seen"
echo 'seen: a client of xen-api 4.7.6 that was connected before a field came to be never shows it'
