// The life of instances as the unmodified SDK of AWS for JavaScript leads it: only the endpoint and the keys are ours.
import {
  CreateCapacityReservationCommand,
  CreateKeyPairCommand,
  DescribeInstancesCommand,
  DescribeKeyPairsCommand,
  EC2Client,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { ec2Endpoint, type Key } from './endpoint.ts';

const client = (url: string, credentials: Key) =>
  new EC2Client({ endpoint: url, region: 'cluster', credentials, maxAttempts: 1 });

test('a thin life: a key, two instances, and their end', async () => {
  const { bed, key, url } = await ec2Endpoint();
  const alice = client(url, await key('alice'));
  const pair = await alice.send(new CreateKeyPairCommand({ KeyName: 'k1' }));
  expect(pair.KeyMaterial).toContain('PRIVATE KEY');
  expect((await alice.send(new DescribeKeyPairsCommand({}))).KeyPairs).toHaveLength(1);
  const images = await bed.service.templates;
  const run = await alice.send(
    new RunInstancesCommand({
      ImageId: images[0]!.name,
      InstanceType: 'm1.small' as never,
      MinCount: 2,
      MaxCount: 2,
      KeyName: 'k1',
    }),
  );
  expect(run.Instances).toHaveLength(2);
  await bed.moveTo(bed.service.now());
  const listed = await alice.send(new DescribeInstancesCommand({}));
  expect(listed.Reservations?.flatMap(({ Instances }) => Instances?.map(({ State }) => State?.Name))).toEqual([
    'running',
    'running',
  ]);
  const ids = run.Instances!.map(({ InstanceId }) => InstanceId!);
  const gone = await alice.send(new TerminateInstancesCommand({ InstanceIds: ids }));
  expect(gone.TerminatingInstances?.map(({ CurrentState }) => CurrentState?.Name)).toEqual([
    'shutting-down',
    'shutting-down',
  ]);
  await bed.moveTo(bed.service.now() + 3_000);
  const after = await alice.send(new DescribeInstancesCommand({ InstanceIds: ids }));
  expect(after.Reservations?.flatMap(({ Instances }) => Instances?.map(({ State }) => State?.Name))).toEqual([
    'terminated',
    'terminated',
  ]);
  expect(CreateCapacityReservationCommand).toBeDefined();
});
