// Requests that no client would send in this order, with parameters that are right, nearly right and wrong: each is answered in EC2's XML, none
// by an error of the service, and what an account has adds up after each.
import { createHmac } from 'node:crypto';
import { SaxesParser } from 'saxes';
import { expect, test } from 'vitest';
import { Rng } from '../../../engine/index.ts';
import { ACTIONS } from '../../../live/ec2/actions/catalogue.ts';
import { HOUR_MS, NOW_MS } from '../api/testbed.ts';
import { type Ec2Endpoint, ec2Endpoint, type Key } from './endpoint.ts';

const CASES = Number(process.env['OPENPEX_TEST_MORE'] ?? 1) * 20;
const REQUESTS = 25;

const coded = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

/** Of Signature Version 2, as the drivers of libcloud sign. */
function signed({ accessKeyId, secretAccessKey }: Key, parameters: Readonly<Record<string, string>>): string {
  const all = {
    ...parameters,
    AWSAccessKeyId: accessKeyId,
    SignatureMethod: 'HmacSHA256',
    SignatureVersion: '2',
    Timestamp: `${new Date().toISOString().slice(0, 19)}Z`,
    Version: '2016-11-15',
  };
  const query = Object.entries(all)
    .map(([name, value]) => [coded(name), coded(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map((pair) => pair.join('='))
    .join('&');
  const text = `GET\nlocalhost:80\n/ec2\n${query}`;
  const signature = createHmac('sha256', secretAccessKey).update(text).digest('base64');
  return `/ec2?${query}&Signature=${coded(signature)}`;
}

interface Answer {
  readonly status: number;
  readonly xml: string;
}

async function send({ bed }: Ec2Endpoint, key: Key, parameters: Record<string, string>): Promise<Answer> {
  const { body, headers, statusCode } = await bed.app.inject({
    method: 'GET',
    url: signed(key, parameters),
    headers: { host: 'localhost:80' },
  });
  const what = `${JSON.stringify(parameters)}: ${statusCode} ${body}`;
  expect(statusCode, what).toBeLessThan(500);
  expect(headers['content-type'], what).toBe('text/xml;charset=UTF-8');
  expect(headers['x-amzn-requestid'], what).toBeTruthy();
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw new Error(`${error.message}: ${what}`);
  });
  parser.write(body).close();
  return { status: statusCode, xml: body };
}

const valuesOf = (xml: string, name: string): string[] =>
  Array.from(xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g')), ([, value]) => value!);

/** By the last part of its name; what is in nobody's list is any text. */
function drawn(name: string, ids: readonly string[], nowMs: number, rng: Rng): string {
  const one = (...values: readonly string[]) => values[rng.integer(0, values.length - 1)]!;
  const hours = rng.integer(-2, 30);
  const date = new Date(nowMs + hours * HOUR_MS).toISOString();
  const odd = one('', '0', '-1', '1e3', 'ü<&>', '2009-02-30T00:00:00Z', '9'.repeat(20), '__proto__');
  if (rng.next() < 0.05) return odd;
  if (/Id(\.\d+)?$|CapacityReservationId|Token$/.test(name)) return one(...ids, 'i-0123456789abcdef0', odd);
  if (/Date|Time|Range/.test(name)) return one(date, date, odd);
  if (/Count|Hours|Duration$|MaxResults/.test(name)) return one('1', '2', '3', '4', '600', odd);
  return one('x', 'true', 'false', odd);
}

const IMAGE = 'PEX Debian Etch 4.0 Template';
const NAMES: readonly (readonly [string, string?])[] = [
  ['StartDate'],
  ['EndDate'],
  ['EndDateType', 'limited'],
  ['InstanceCount'],
  ['InstanceMatchCriteria', 'targeted'],
  ['ClientToken', 'once'],
  ['DryRun', 'true'],
  ['MaxResults'],
  ['NextToken'],
  ['CapacityReservationId'],
  ['CapacityReservationId.1'],
  ['CapacityBlockOfferingId'],
  ['ReservedInstancesOfferingId'],
  ['ReservedInstancesId.1'],
  ['PurchaseTime'],
  ['LimitPrice.Amount', '100'],
  ['InstanceId'],
  ['InstanceId.1'],
  ['InstanceId.2'],
  ['ResourceId.1'],
  ['Tag.1.Key', 'k'],
  ['Tag.1.Value'],
  ['KeyName', 'k1'],
  ['KeyPairId'],
  ['PublicKeyMaterial', 'AAAA'],
  ['UserData', 'AAAA'],
  ['Attribute', 'userData'],
  ['Filter.1.Name', 'tag:k'],
  ['Filter.1.Value.1', '*'],
  ['CapacityDurationHours'],
  ['StartDateRange'],
  ['EndDateRange'],
  ['CapacityReservationSpecification.CapacityReservationTarget.CapacityReservationId'],
  ['TagSpecification.1.Tag.1.Key', 'openpex:start'],
  ['TagSpecification.1.Tag.1.Value'],
  ['Placement.AvailabilityZone', 'openpex1'],
  ['SubnetId', 'subnet-1'],
];
/** Without which an action is never carried out. */
const NEEDED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  RunInstances: { ImageId: IMAGE, MinCount: '1', MaxCount: '2', InstanceType: 'm1.small' },
  CreateCapacityReservation: { InstanceType: 'SMALL', InstancePlatform: 'Linux/UNIX', InstanceCount: '2' },
  ModifyCapacityReservation: { InstanceCount: '3' },
  DescribeCapacityBlockOfferings: { InstanceType: 'SMALL', CapacityDurationHours: '2' },
  PurchaseCapacityBlock: { InstancePlatform: 'Linux/UNIX' },
  PurchaseReservedInstancesOffering: { InstanceCount: '1' },
  CreateKeyPair: { KeyName: 'k1', KeyType: 'ed25519' },
};
const OFTEN = [
  'RunInstances',
  'CreateCapacityReservation',
  'ModifyCapacityReservation',
  'ModifyCapacityReservation',
  'CancelCapacityReservation',
  'DescribeCapacityBlockOfferings',
  'PurchaseCapacityBlock',
  'TerminateInstances',
  'StopInstances',
  'StartInstances',
];

async function capacitiesOf(endpoint: Ec2Endpoint, key: Key): Promise<readonly string[]> {
  const { xml } = await send(endpoint, key, { Action: 'DescribeCapacityReservations' });
  return xml.split('<item>').slice(1);
}

async function checkEstate(endpoint: Ec2Endpoint, key: Key): Promise<string[]> {
  const { xml: capacities } = await send(endpoint, key, { Action: 'DescribeCapacityReservations' });
  const total = valuesOf(capacities, 'totalInstanceCount').map(Number);
  const available = valuesOf(capacities, 'availableInstanceCount').map(Number);
  expect(available).toHaveLength(total.length);
  for (const [i, count] of available.entries()) expect(count).toBeLessThanOrEqual(total[i]!);
  const { xml: instances } = await send(endpoint, key, { Action: 'DescribeInstances' });
  const { xml: reserved } = await send(endpoint, key, { Action: 'DescribeReservedInstancesOfferings' });
  const instanceIds = valuesOf(instances, 'instanceId');
  expect(new Set(instanceIds).size).toBe(instanceIds.length);
  return [
    ...instanceIds,
    ...valuesOf(capacities, 'capacityReservationId'),
    ...valuesOf(reserved, 'reservedInstancesOfferingId').slice(0, 2),
  ];
}

test('whatever is asked for in whatever order is answered as EC2 answers', async () => {
  const carriedOut = new Map<string, number>();
  for (let number = 0; number < CASES; number++) {
    const rng = Rng.fromSeed(number).stream('requests');
    const endpoint = await ec2Endpoint({ nodes: 2 });
    const key = await endpoint.key('alice');
    let nowMs = NOW_MS;
    let ids: readonly string[] = [];
    let blocks: readonly string[] = [];
    for (let at = 0; at < REQUESTS; at++) {
      const all = rng.next() < 0.7 ? OFTEN : [...ACTIONS.keys()];
      const action = all[rng.integer(0, all.length - 1)]!;
      const parameters: Record<string, string> = { Action: action, ...NEEDED[action] };
      if (action === 'ModifyCapacityReservation') {
        parameters['InstanceCount'] = String(rng.integer(1, 8));
        if (rng.next() < 0.7)
          parameters['EndDate'] = new Date(nowMs + rng.integer(1, 30) * HOUR_MS).toISOString();
      }
      for (let more = rng.integer(0, 3); more > 0; more--) {
        const [name, usual] = NAMES[rng.integer(0, NAMES.length - 1)]!;
        parameters[name] = usual !== undefined && rng.next() < 0.7 ? usual : drawn(name, ids, nowMs, rng);
      }
      const idOf = (start: string) => {
        const known = ids.filter((each) => each.startsWith(start));
        return known[rng.integer(0, Math.max(0, known.length - 1))] ?? `${start}0123456789abcdef0`;
      };
      if (/CapacityReservation$/.test(action) && action !== 'CreateCapacityReservation')
        parameters['CapacityReservationId'] = idOf('cr-');
      if (/^(Stop|Start|Reboot|Terminate)Instances$/.test(action)) parameters['InstanceId.1'] = idOf('i-');
      if (action === 'PurchaseCapacityBlock') parameters['CapacityBlockOfferingId'] = idOf('cb-');
      const before = await capacitiesOf(endpoint, key);
      const { status, xml } = await send(endpoint, key, parameters);
      // What is refused has changed nothing.
      if (status !== 200)
        expect(await capacitiesOf(endpoint, key), JSON.stringify(parameters)).toEqual(before);
      if (status === 200) carriedOut.set(action, (carriedOut.get(action) ?? 0) + 1);
      blocks = [...Array.from(xml.matchAll(/cb-[0-9a-f]{17}/g), ([block]) => block), ...blocks].slice(0, 3);
      if (rng.next() < 0.2) {
        nowMs += rng.integer(0, 3) * HOUR_MS;
        await endpoint.bed.moveTo(Math.max(nowMs, endpoint.bed.service.now()));
      }
      ids = [...(await checkEstate(endpoint, key)), ...blocks];
    }
    await endpoint.bed.app.close();
  }
  // Most of what matters was really done, each of it in some story.
  expect(new Set(OFTEN.filter((action) => carriedOut.has(action))).size).toBeGreaterThanOrEqual(4);
});
