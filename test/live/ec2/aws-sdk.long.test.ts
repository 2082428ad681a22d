// The life of instances as the unmodified SDK of AWS for JavaScript leads it: only the endpoint and the keys are ours.
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  CreateCapacityReservationCommand,
  CreateKeyPairCommand,
  CreateTagsCommand,
  DeleteKeyPairCommand,
  DeleteTagsCommand,
  DescribeAvailabilityZonesCommand,
  DescribeCapacityReservationsCommand,
  DescribeImagesCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypesCommand,
  DescribeKeyPairsCommand,
  DescribeRegionsCommand,
  DescribeTagsCommand,
  DescribeVpcsCommand,
  EC2Client,
  type EC2ClientConfig,
  GetConsoleOutputCommand,
  ImportKeyPairCommand,
  paginateDescribeInstances,
  RebootInstancesCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { afterEach, expect, test } from 'vitest';
import type { AuditEntry } from '../../../live/wire/audit.ts';
import { ec2Endpoint, type Key } from './endpoint.ts';

const clients: EC2Client[] = [];
const ends: (() => void)[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
  for (const end of ends.splice(0)) end();
});

function clientOf(endpoint: string, credentials: Key, config: EC2ClientConfig = {}): EC2Client {
  const client = new EC2Client({ endpoint, region: 'cluster', credentials, maxAttempts: 1, ...config });
  clients.push(client);
  return client;
}

const IMAGE = 'PEX Debian Etch 4.0 Template';
const SMALL = 'm1.small' as const;
const ED25519 = Buffer.from(
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJmRPlGGTwQ3mPTrOyHqJOmnRqmzgF2eQZ8qQhVpXRNd ada@example',
);

const running = (count: number): RunInstancesCommandInput => ({
  ImageId: IMAGE,
  InstanceType: SMALL,
  MinCount: count,
  MaxCount: count,
});

async function statesOf(client: EC2Client, ids?: string[]): Promise<string[]> {
  const { Reservations = [] } = await client.send(new DescribeInstancesCommand({ InstanceIds: ids }));
  return Reservations.flatMap(({ Instances = [] }) => Instances.map(({ State }) => String(State?.Name)));
}

test('a whole life: keys, three instances with filters and pages, stop, start, reboot, terminate', async () => {
  const { bed, key, url } = await ec2Endpoint({ nodes: 2 });
  const alice = clientOf(`${url}/ec2`, await key('alice'));
  const settle = (ms = 0) => bed.moveTo(bed.service.now() + ms);

  // What there is.
  const regions = await alice.send(new DescribeRegionsCommand({}));
  expect(regions.Regions).toMatchObject([{ RegionName: 'cluster' }]);
  const zones = await alice.send(new DescribeAvailabilityZonesCommand({}));
  expect(zones.AvailabilityZones).toMatchObject([{ ZoneName: 'openpex1', State: 'available' }]);
  const types = await alice.send(
    new DescribeInstanceTypesCommand({ Filters: [{ Name: 'memory-info.size-in-mib', Values: ['768'] }] }),
  );
  expect(types.InstanceTypes).toMatchObject([
    { InstanceType: 'SMALL', VCpuInfo: { DefaultVCpus: 1 }, MemoryInfo: { SizeInMiB: 768 } },
  ]);
  const images = await alice.send(
    new DescribeImagesCommand({ Filters: [{ Name: 'name', Values: ['*Etch*'] }] }),
  );
  const [image] = images.Images!;
  expect(image).toMatchObject({ Name: IMAGE, State: 'available' });

  // Keys.
  const made = await alice.send(new CreateKeyPairCommand({ KeyName: 'made' }));
  expect(made.KeyMaterial).toContain('BEGIN RSA PRIVATE KEY');
  const imported = await alice.send(new ImportKeyPairCommand({ KeyName: 'own', PublicKeyMaterial: ED25519 }));
  expect(imported.KeyFingerprint).toMatch(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
  await alice.send(new DeleteKeyPairCommand({ KeyName: 'made' }));
  const pairs = await alice.send(new DescribeKeyPairsCommand({ IncludePublicKey: true }));
  expect(pairs.KeyPairs).toMatchObject([{ KeyName: 'own', KeyType: 'ed25519', PublicKey: String(ED25519) }]);

  // Three instances.
  const userData = Buffer.from('#!/bin/sh\n').toString('base64');
  const run = await alice.send(
    new RunInstancesCommand({
      ...running(3),
      ImageId: image!.ImageId!,
      KeyName: 'own',
      UserData: userData,
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'a <b> & "c"' }] }],
    }),
  );
  await settle();
  const ids = run.Instances!.map(({ InstanceId }) => InstanceId!);
  expect(new Set(ids).size).toBe(3);
  expect(await statesOf(alice)).toEqual(['running', 'running', 'running']);
  const [second] = ids.slice(1);
  await alice.send(new CreateTagsCommand({ Resources: [second!], Tags: [{ Key: 'role', Value: 'db' }] }));

  const db = await alice.send(
    new DescribeInstancesCommand({
      Filters: [
        { Name: 'tag:role', Values: ['d?'] },
        { Name: 'instance-state-name', Values: ['running', 'pending'] },
        { Name: 'key-name', Values: ['own'] },
      ],
    }),
  );
  expect(db.Reservations).toMatchObject([
    {
      ReservationId: run.ReservationId,
      OwnerId: '000000000001',
      Instances: [
        {
          InstanceId: second,
          ImageId: image!.ImageId,
          InstanceType: 'm1.small',
          KeyName: 'own',
          AmiLaunchIndex: 1,
          LaunchTime: new Date(bed.service.now()),
          StateTransitionReason: `OpenPEX: reserved until ${new Date(bed.service.now() + 86_400_000).toISOString()}`,
          Tags: [
            { Key: 'Name', Value: 'a <b> & "c"' },
            { Key: 'role', Value: 'db' },
          ],
        },
      ],
    },
  ]);
  const pages: string[][] = [];
  for await (const page of paginateDescribeInstances({ client: alice, pageSize: 2 }, {}))
    pages.push(
      page.Reservations!.flatMap(({ Instances }) => Instances!.map(({ InstanceId }) => InstanceId!)),
    );
  expect(pages).toEqual([ids.slice(0, 2), ids.slice(2)]);
  await alice.send(new DeleteTagsCommand({ Resources: [second!], Tags: [{ Key: 'role' }] }));
  const tags = await alice.send(
    new DescribeTagsCommand({ Filters: [{ Name: 'resource-id', Values: [second!] }] }),
  );
  expect(tags.Tags).toMatchObject([{ Key: 'Name', ResourceType: 'instance' }]);
  const attribute = await alice.send(
    new DescribeInstanceAttributeCommand({ InstanceId: second!, Attribute: 'userData' }),
  );
  expect(attribute.UserData?.Value).toBe(userData);

  // Stop, start, reboot.
  const stopped = await alice.send(new StopInstancesCommand({ InstanceIds: [ids[0]!] }));
  expect(stopped.StoppingInstances).toMatchObject([
    { CurrentState: { Code: 64, Name: 'stopping' }, PreviousState: { Code: 16, Name: 'running' } },
  ]);
  await settle();
  expect(await statesOf(alice, [ids[0]!])).toEqual(['stopped']);
  await expect(alice.send(new RebootInstancesCommand({ InstanceIds: [ids[0]!] }))).rejects.toThrow(
    expect.objectContaining({ name: 'IncorrectInstanceState' }),
  );
  const status = await alice.send(new DescribeInstanceStatusCommand({}));
  expect(status.InstanceStatuses?.map(({ InstanceId }) => InstanceId)).toEqual(ids.slice(1));
  const started = await alice.send(new StartInstancesCommand({ InstanceIds: [ids[0]!] }));
  expect(started.StartingInstances).toMatchObject([{ CurrentState: { Name: 'pending' } }]);
  await settle();
  await alice.send(new RebootInstancesCommand({ InstanceIds: ids }));
  await settle();
  expect(await statesOf(alice)).toEqual(['running', 'running', 'running']);
  const console = await alice.send(new GetConsoleOutputCommand({ InstanceId: ids[0]! }));
  expect(Buffer.from(console.Output!, 'base64').toString()).toMatch(/instance-commanded command=reboot/);

  // What is terminated gives its place to others, and is paid back.
  const before = (await bed.accounts.get(1))!.balanceMicros;
  const ended = await alice.send(new TerminateInstancesCommand({ InstanceIds: ids }));
  expect(ended.TerminatingInstances?.map(({ CurrentState }) => CurrentState?.Name)).toEqual(
    Array(3).fill('shutting-down'),
  );
  await settle(3_000);
  expect(await statesOf(alice)).toEqual(['terminated', 'terminated', 'terminated']);
  expect((await bed.accounts.get(1))!.balanceMicros).toBeGreaterThan(before);
  const all = await alice.send(new RunInstancesCommand(running(8)));
  expect(all.Instances).toHaveLength(8);
  // An hour later nothing is said of them any more.
  await settle(3_600_001);
  expect(await statesOf(alice)).toHaveLength(8);
});

test('a request with a client token is carried out once, and not again with another wish', async () => {
  const { bed, key, url } = await ec2Endpoint({ nodes: 2 });
  const alice = clientOf(url, await key('alice'));
  const wish = { ...running(2), ClientToken: 'nightly-1' };
  const first = await alice.send(new RunInstancesCommand(wish));
  const again = await alice.send(new RunInstancesCommand(wish));
  expect(again.ReservationId).toBe(first.ReservationId);
  expect(again.Instances!.map(({ InstanceId }) => InstanceId)).toEqual(
    first.Instances!.map(({ InstanceId }) => InstanceId),
  );
  await expect(alice.send(new RunInstancesCommand({ ...wish, MaxCount: 3 }))).rejects.toThrow(
    expect.objectContaining({ name: 'IdempotentParameterMismatch' }),
  );
  await bed.moveTo(bed.service.now());
  expect(await statesOf(alice)).toHaveLength(2);
  // At the same time, too.
  const together = await Promise.all(
    Array.from({ length: 3 }, () => alice.send(new RunInstancesCommand({ ...running(1), ClientToken: 't' }))),
  );
  expect(new Set(together.map(({ ReservationId }) => ReservationId)).size).toBe(1);
  // The token is Alice's.
  const bob = clientOf(url, await key('bob'));
  const his = await bob.send(new RunInstancesCommand(wish));
  expect(his.ReservationId).not.toBe(first.ReservationId);
  // Who did it is in the audit log, and not who looked.
  const { body } = await bed.as('olga', { url: '/OpenPEX/audit?action=EC2 RunInstances' });
  const deeds = JSON.parse(body).map((entry: AuditEntry) => [entry.username, entry.cameBy, entry.code]);
  expect(deeds).toContainEqual(['alice', 'access-key', null]);
  expect(deeds).toContainEqual(['alice', 'access-key', 'IdempotentParameterMismatch']);
  expect(deeds).toContainEqual(['bob', 'access-key', null]);
  const all = JSON.parse((await bed.as('olga', { url: '/OpenPEX/audit' })).body);
  expect(all.filter(({ action }: AuditEntry) => /Describe|\/ec2/.test(action))).toEqual([]);
});

test('a repetition without a token is known by its invocation', async () => {
  const { key, port } = await ec2Endpoint({ nodes: 2 });
  // The first answer is lost on the way.
  let isLost = false;
  const way = createServer((incoming, outgoing) => {
    const { headers, method, url: path } = incoming;
    const onward = httpRequest({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
      if (isLost) return void answer.pipe(outgoing.writeHead(answer.statusCode!, answer.headers));
      isLost = true;
      answer.resume().on('end', () => outgoing.destroy());
    });
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => way.listen(0, '127.0.0.1', resolve));
  ends.push(() => way.close());
  const { port: wayPort } = way.address() as AddressInfo;
  const alice = clientOf(`http://127.0.0.1:${wayPort}`, await key('alice'), { maxAttempts: 2 });
  await alice.send(
    new CreateCapacityReservationCommand({
      InstanceType: SMALL,
      InstancePlatform: 'Linux/UNIX',
      InstanceCount: 2,
    }),
  );
  expect(isLost).toBe(true);
  const { CapacityReservations } = await alice.send(new DescribeCapacityReservationsCommand({}));
  expect(CapacityReservations).toHaveLength(1);
});

const refusal = async (sent: Promise<unknown>) => {
  const error = await sent.then(
    () => undefined,
    (reason: unknown) =>
      reason as { name: string; message: string; $metadata: { httpStatusCode: number; requestId: string } },
  );
  return [error?.name, error?.$metadata.httpStatusCode, error?.$metadata.requestId === undefined];
};

test('whoever is not who they say is refused in the words of EC2', async () => {
  const { bed, key, url } = await ec2Endpoint();
  const good = await key('alice');
  const look = new DescribeInstancesCommand({});
  const wrong = clientOf(url, { ...good, secretAccessKey: `${good.secretAccessKey}x` });
  expect(await refusal(wrong.send(look))).toEqual(['SignatureDoesNotMatch', 403, false]);
  const unknown = clientOf(url, { ...good, accessKeyId: 'PEXNOBODYHASTHISONE2' });
  expect(await refusal(unknown.send(look))).toEqual(['AuthFailure', 401, false]);
  const expired = clientOf(url, await key('alice', Date.now() - 1));
  expect(await refusal(expired.send(look))).toEqual(['AuthFailure', 401, false]);
  await bed.accounts.update(2, { disabled: true });
  const disabled = clientOf(url, await key('bob'));
  expect(await refusal(disabled.send(look))).toEqual(['AuthFailure', 401, false]);
  // This one is right.
  expect(await statesOf(clientOf(url, good))).toEqual([]);
});

test('a clock that is an hour off is told so', async () => {
  const { key, url } = await ec2Endpoint({ realNow: () => Date.now() + 3_600_000 });
  const alice = clientOf(url, await key('alice'));
  expect(await refusal(alice.send(new DescribeInstancesCommand({})))).toEqual(['RequestExpired', 400, false]);
});

test('what is not known here is refused, and not overlooked', async () => {
  const { key, url } = await ec2Endpoint();
  const alice = clientOf(url, await key('alice'));
  const refusals: [() => Promise<unknown>, string][] = [
    [() => alice.send(new DescribeVpcsCommand({})), 'InvalidAction'],
    [() => alice.send(new RunInstancesCommand({ ...running(1), SubnetId: 'subnet-1' })), 'UnknownParameter'],
    [
      () => alice.send(new DescribeInstancesCommand({ Filters: [{ Name: 'moon', Values: ['full'] }] })),
      'InvalidParameterValue',
    ],
    [
      () => alice.send(new DescribeInstancesCommand({ InstanceIds: ['i-0123456789abcdef0'] })),
      'InvalidInstanceID.NotFound',
    ],
    [
      () => alice.send(new DescribeInstancesCommand({ InstanceIds: ['alpha'] })),
      'InvalidInstanceID.Malformed',
    ],
    [
      () => alice.send(new DescribeInstancesCommand({ NextToken: 'x', MaxResults: 5 })),
      'InvalidParameterValue',
    ],
    [
      () => alice.send(new RunInstancesCommand({ ...running(1), InstanceType: 'm1.smal' as never })),
      'InvalidParameterValue',
    ],
    [() => alice.send(new RunInstancesCommand({ ...running(1), ImageId: 'ami-0' })), 'InvalidAMIID.NotFound'],
    [
      () => alice.send(new RunInstancesCommand({ ...running(1), KeyName: 'none' })),
      'InvalidKeyPair.NotFound',
    ],
    [
      () => alice.send(new RunInstancesCommand({ ...running(1), UserData: '#!/bin/sh' })),
      'InvalidParameterValue',
    ],
    [() => alice.send(new RunInstancesCommand({ ...running(2), MaxCount: 1 })), 'InvalidParameterValue'],
    [() => alice.send(new RunInstancesCommand({} as never)), 'MissingParameter'],
    [() => alice.send(new RunInstancesCommand({ ...running(1), DryRun: true })), 'DryRunOperation'],
    [() => alice.send(new DescribeInstancesCommand({ DryRun: true })), 'DryRunOperation'],
    [
      () => alice.send(new ImportKeyPairCommand({ KeyName: 'k', PublicKeyMaterial: Buffer.from('no key') })),
      'InvalidKey.Format',
    ],
    [
      () => alice.send(new CreateTagsCommand({ Resources: ['vol-1'], Tags: [{ Key: 'a' }] })),
      'InvalidParameterValue',
    ],
  ];
  for (const [send, name] of refusals) expect((await refusal(send()))[0]).toBe(name);
  expect(await statesOf(alice)).toEqual([]);
});

test('nobody reaches what is somebody else’s', async () => {
  const { bed, key, url } = await ec2Endpoint({ nodes: 2 });
  const alice = clientOf(url, await key('alice'));
  const run = await alice.send(new RunInstancesCommand(running(1)));
  await alice.send(new CreateKeyPairCommand({ KeyName: 'k1', KeyType: 'ed25519' }));
  const { CapacityReservation } = await alice.send(
    new CreateCapacityReservationCommand({
      InstanceType: SMALL,
      InstancePlatform: 'Linux/UNIX',
      InstanceCount: 1,
    }),
  );
  await bed.moveTo(bed.service.now());
  const id = run.Instances![0]!.InstanceId!;
  const capacityId = CapacityReservation!.CapacityReservationId!;
  // An operator is a user here.
  for (const name of ['bob', 'olga']) {
    const other = clientOf(url, await key(name));
    expect(await statesOf(other)).toEqual([]);
    expect((await other.send(new DescribeKeyPairsCommand({}))).KeyPairs).toEqual([]);
    expect((await other.send(new DescribeCapacityReservationsCommand({}))).CapacityReservations).toEqual([]);
    expect((await other.send(new DescribeTagsCommand({}))).Tags).toEqual([]);
    const InstanceIds = [id];
    const target = { CapacityReservationTarget: { CapacityReservationId: capacityId } };
    const refusals: [() => Promise<unknown>, string][] = [
      [() => other.send(new DescribeInstancesCommand({ InstanceIds })), 'InvalidInstanceID.NotFound'],
      [() => other.send(new DescribeInstanceStatusCommand({ InstanceIds })), 'InvalidInstanceID.NotFound'],
      [() => other.send(new StopInstancesCommand({ InstanceIds })), 'InvalidInstanceID.NotFound'],
      [() => other.send(new StartInstancesCommand({ InstanceIds })), 'InvalidInstanceID.NotFound'],
      [() => other.send(new RebootInstancesCommand({ InstanceIds })), 'InvalidInstanceID.NotFound'],
      [() => other.send(new TerminateInstancesCommand({ InstanceIds })), 'InvalidInstanceID.NotFound'],
      [() => other.send(new GetConsoleOutputCommand({ InstanceId: id })), 'InvalidInstanceID.NotFound'],
      [
        () => other.send(new CreateTagsCommand({ Resources: InstanceIds, Tags: [{ Key: 'a' }] })),
        'InvalidInstanceID.NotFound',
      ],
      [
        () =>
          other.send(new RunInstancesCommand({ ...running(1), CapacityReservationSpecification: target })),
        'InvalidCapacityReservationId.NotFound',
      ],
      [
        () => other.send(new RunInstancesCommand({ ...running(1), KeyName: 'k1' })),
        'InvalidKeyPair.NotFound',
      ],
    ];
    for (const [send, code] of refusals) expect((await refusal(send()))[0]).toBe(code);
  }
  expect(await statesOf(alice)).toEqual(['running']);
});

test('VMs of reservations that were made elsewhere are there as well', async () => {
  const { bed, key, url } = await ec2Endpoint();
  const { run } = await import('../api/testbed.ts');
  await run(bed, 'alice', { type: 'SMALL', numInstancesFixed: 2 });
  const alice = clientOf(url, await key('alice'));
  const { Reservations } = await alice.send(new DescribeInstancesCommand({}));
  expect(Reservations).toMatchObject([
    { Instances: [{ State: { Name: 'running' } }, { InstanceType: 'SMALL' }] },
  ]);
  const [first] = Reservations![0]!.Instances!;
  await alice.send(new TerminateInstancesCommand({ InstanceIds: [first!.InstanceId!] }));
  await bed.moveTo(bed.service.now());
  expect(await statesOf(alice)).toEqual(['terminated', 'running']);
});
