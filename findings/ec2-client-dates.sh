#!/usr/bin/env bash
# The AWS SDK for JavaScript, an end date written as a text is left out of the request.
# One would expect an end date such as '2030-01-01T00:00:00Z' to be sent or refused. A value that is not a Date
# object is dropped, so a capacity reservation that should end reaches the service as one without an end; an instance id given as a text
# instead of a list is dropped too, and the question about one instance becomes the question about all. No error, no warning, and without the
# compiler's types nothing tells. It matters to whoever reserves capacity by script, with dates from a file or a command line, and to servers
# of this API: say in the answer which dates were understood. Version: @aws-sdk/client-ec2 3.1169.0, Node 20, against a server in this script.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts @aws-sdk/client-ec2@3.1169.0

seen=$(NODE_NO_WARNINGS=1 node --input-type=module - <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { CreateCapacityReservationCommand, DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';

let sent;
const server = createServer(async (request, response) => {
  sent = new URLSearchParams(await text(request));
  response.setHeader('content-type', 'text/xml').end('<Answer/>');
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const client = new EC2Client({
  region: 'cluster',
  endpoint: `http://127.0.0.1:${server.address().port}`,
  credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
});
const wish = { InstanceType: 'm1.small', InstancePlatform: 'Linux/UNIX', InstanceCount: 1, EndDateType: 'limited' };
const end = '2030-01-01T00:00:00Z';
await client.send(new CreateCapacityReservationCommand({ ...wish, EndDate: new Date(end) }));
console.log(`end as a Date: ${sent.get('EndDate')}`);
await client.send(new CreateCapacityReservationCommand({ ...wish, EndDate: end }));
console.log(`end as a text: ${sent.get('EndDate')} (type ${sent.get('EndDateType')})`);
await client.send(new DescribeInstancesCommand({ InstanceIds: ['i-1'] }));
console.log(`ids as a list: ${sent.get('InstanceId.1')}`);
await client.send(new DescribeInstancesCommand({ InstanceIds: 'i-1' }));
console.log(`ids as a text: ${[...sent.keys()].filter((name) => name.startsWith('InstanceId')).length} parameters`);
client.destroy();
server.close();
JS
)
expected='end as a Date: 2030-01-01T00:00:00Z
end as a text: null (type limited)
ids as a list: i-1
ids as a text: 0 parameters'
[ "$seen" = "$expected" ] || { printf 'CHANGED: expected\n%s\nsaw\n%s\n' "$expected" "$seen" >&2; exit 1; }
printf '%s\n' "$seen"
echo 'seen: @aws-sdk/client-ec2 3.1169.0 sends a capacity reservation without its end when the end is a text'
