#!/usr/bin/env bash
# The AWS SDK for JavaScript, a call that failed in the client adds its parameters to the next one.
# One would expect a call that never left the client to leave nothing behind. When a date cannot be written (an invalid Date, as a mistyped
# input gives) the call raises, and what had been written of it is sent before the parameters of the next call of the same client: a wish for
# one instance arrives as InstanceCount=64 and then InstanceCount=1. A server that takes the first of two grants 64.
# It matters to servers of this API: refuse a parameter that comes twice, never take the first or the last.
# Version: @aws-sdk/client-ec2 3.1169.0, Node 20, against a server in this script.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts @aws-sdk/client-ec2@3.1169.0

seen=$(NODE_NO_WARNINGS=1 node --input-type=module - <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { CreateCapacityReservationCommand, EC2Client } from '@aws-sdk/client-ec2';

const requests = [];
const server = createServer(async (request, response) => {
  requests.push(new URLSearchParams(await text(request)));
  response.setHeader('content-type', 'text/xml').end('<Answer/>');
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const client = new EC2Client({
  region: 'cluster',
  endpoint: `http://127.0.0.1:${server.address().port}`,
  credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
});
const reserve = (count, end) =>
  client.send(
    new CreateCapacityReservationCommand({
      InstanceType: 'm1.small',
      InstancePlatform: 'Linux/UNIX',
      InstanceCount: count,
      ...(end && { EndDate: end }),
    }),
  );
await reserve(64, new Date('31 of next month')).catch((error) => console.log(`64 until a bad date: ${error.name}`));
console.log(`requests so far: ${requests.length}`);
await reserve(1);
console.log(`then 1: InstanceCount ${requests.at(-1).getAll('InstanceCount').join(' and ')}`);
await reserve(2);
console.log(`then 2: InstanceCount ${requests.at(-1).getAll('InstanceCount').join(' and ')}`);
client.destroy();
server.close();
JS
)
expected='64 until a bad date: RangeError
requests so far: 0
then 1: InstanceCount 64 and 1
then 2: InstanceCount 2'
[ "$seen" = "$expected" ] || { printf 'CHANGED: expected\n%s\nsaw\n%s\n' "$expected" "$seen" >&2; exit 1; }
printf '%s\n' "$seen"
echo 'seen: @aws-sdk/client-ec2 3.1169.0 sends InstanceCount=64 of a call that had failed before the 1 of the next'
