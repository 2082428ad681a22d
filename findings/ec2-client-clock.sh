#!/usr/bin/env bash
# The AWS SDK for JavaScript, the client's clock follows the Date header of every good answer.
# One would expect a client to correct its clock when a request was refused as expired. It takes the time of every answer, of status 200 and
# however far away: after one answer with a Date four years ahead all later requests are signed for then.
# It matters to simulators and testbeds that offer this API: with the simulated time in the Date header the first call works, and every later
# one is signed outside the few minutes that a check of signatures allows. Send the real time there, the simulated one in the body only.
# Version: @aws-sdk/client-ec2 3.1169.0, Node 20, against a server in this script.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts @aws-sdk/client-ec2@3.1169.0

seen=$(NODE_NO_WARNINGS=1 node --input-type=module - <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';

const YEAR_MS = 365.25 * 86_400_000;
const HOUR_MS = 3_600_000;
let aheadMs = 0;
let signedFor;
const server = createServer((request, response) => {
  const [, year, month, day, hour, minute, second] = /^(....)(..)(..)T(..)(..)(..)Z$/.exec(request.headers['x-amz-date']);
  signedFor = Date.UTC(year, month - 1, day, hour, minute, second);
  response.setHeader('date', new Date(Date.now() + aheadMs).toUTCString());
  response.setHeader('content-type', 'text/xml').end('<Answer/>');
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const client = new EC2Client({
  region: 'cluster',
  endpoint: `http://127.0.0.1:${server.address().port}`,
  credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
});
async function ask(label) {
  await client.send(new DescribeInstancesCommand({}));
  console.log(`${label}: signed ${Math.round((signedFor - Date.now()) / HOUR_MS)} hours ahead`);
}
await ask('first');
aheadMs = 4 * YEAR_MS;
await ask('its answer is four years ahead');
await ask('the next');
aheadMs = 0;
await ask('its answer is right');
await ask('the next');
client.destroy();
server.close();
JS
)
expected='first: signed 0 hours ahead
its answer is four years ahead: signed 0 hours ahead
the next: signed 35064 hours ahead
its answer is right: signed 35064 hours ahead
the next: signed 0 hours ahead'
[ "$seen" = "$expected" ] || { printf 'CHANGED: expected\n%s\nsaw\n%s\n' "$expected" "$seen" >&2; exit 1; }
printf '%s\n' "$seen"
echo 'seen: @aws-sdk/client-ec2 3.1169.0 signs four years ahead after one answer of status 200 with such a Date'
