// Lives as the clients of Debian 12 lead them, unmodified: the aws command, boto3, and four drivers of libcloud. Only the endpoint and the
// keys are ours.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Program, succeeds } from '../../support/child-process.ts';
import { type Ec2Endpoint, ec2Endpoint } from './endpoint.ts';

/** Debian's own, whatever else is in the way to them. */
const PYTHON = '/usr/bin/python3';

const IMAGE = 'PEX Debian Etch 4.0 Template';
const CLIENTS = resolve('test/live/ec2/clients');

/** Not through a proxy, whatever the machine has, with nobody's own settings, and without a second try. */
const ALONE = {
  HTTP_PROXY: '',
  http_proxy: '',
  NO_PROXY: '127.0.0.1',
  no_proxy: '127.0.0.1',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_MAX_ATTEMPTS: '1',
  AWS_PAGER: '',
};

function needs(what: string, isThere: boolean): boolean {
  if (isThere) return true;
  if (process.env['CI'] === 'true')
    throw new Error(`${what} is not installed: the EC2 interface is not tested with it`);
  console.warn(`skipped, ${what} is not installed: the EC2 interface with it`);
  return false;
}

const hasBoto = needs('python3-boto3', succeeds(PYTHON, '-c', 'import boto3'));
const hasLibcloud = needs('python3-libcloud', succeeds(PYTHON, '-c', 'import libcloud'));
const hasAws = needs('awscli', succeeds(PYTHON, '-c', 'import awscli.clidriver'));

/** The service's time goes on while the client waits for what it has asked for. */
async function lead(
  endpoint: Ec2Endpoint,
  program: string,
  args: readonly string[],
  env = {},
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'openpex-ec2-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { bed } = endpoint;
  const client = new Program(program, args, { cwd: folder, env: { ...ALONE, ...env } });
  let isOver = false;
  const finished = client.finished().finally(() => {
    isOver = true;
  });
  while (!isOver) {
    await bed.moveTo(bed.service.now() + 1_000);
    await Promise.race([finished, new Promise((done) => setTimeout(done, 50))]);
  }
  const { code, stderr, stdout } = await finished;
  expect(code, `${stdout}\n${stderr}`).toBe(0);
  return stdout;
}

test.skipIf(!hasBoto)('boto3 leads a life, and knows every refusal by EC2’s code', async () => {
  const endpoint = await ec2Endpoint({ nodes: 2 });
  const { accessKeyId, secretAccessKey } = await endpoint.key('alice');
  const expired = await endpoint.key('alice', Date.now() - 1);
  const start = new Date(endpoint.bed.service.now() + 86_400_000).toISOString();
  const said = await lead(endpoint, PYTHON, [
    join(CLIENTS, 'boto3_life.py'),
    endpoint.url,
    accessKeyId,
    secretAccessKey,
    IMAGE,
    start,
    expired.accessKeyId,
    expired.secretAccessKey,
  ]);
  expect(JSON.parse(said)).toEqual({
    regions: ['cluster'],
    types: ['LARGE', 'MEDIUM', 'SMALL', 'XLARGE'],
    key: true,
    once: true,
    otherwise: 'ClientError IdempotentParameterMismatch',
    pages: [2, 1],
    stopping: 'stopping',
    starting: 'pending',
    console: true,
    reserved: ['scheduled', 2, 'limited'],
    cancelled: 'cancelled',
    terminating: ['shutting-down', 'shutting-down', 'shutting-down'],
    dry: 'ClientError DryRunOperation',
    none: 'ClientError InvalidInstanceID.NotFound',
    unknown: 'ClientError InvalidAction',
    secret: 'ClientError SignatureDoesNotMatch',
    nobody: 'ClientError AuthFailure',
    expired: 'ClientError AuthFailure',
    full: 'ClientError InsufficientInstanceCapacity',
  });
});

test.skipIf(!hasLibcloud)(
  'four drivers of libcloud lead a life each, by both versions of the signature',
  async () => {
    const endpoint = await ec2Endpoint({ nodes: 2 });
    const { accessKeyId, secretAccessKey } = await endpoint.key('alice');
    const said = await lead(endpoint, PYTHON, [
      join(CLIENTS, 'libcloud_life.py'),
      String(endpoint.port),
      accessKeyId,
      secretAccessKey,
      IMAGE,
    ]);
    const of = (name: string, more: object) => ({
      key: `key of ${name}`,
      name: `${name} + one`,
      rebooted: true,
      stopped: true,
      started: true,
      two: 2,
      listed: 3,
      destroyed: [true, true, true],
      secret: expect.stringMatching(/^InvalidCredsError/),
      nobody: expect.stringMatching(/^InvalidCredsError/),
      mismatch: expect.stringMatching(/^IdempotentParamError/),
      ...more,
    });
    const tagged = { tagged: true, tags: 'db' };
    expect(JSON.parse(said)).toEqual({
      'ec2-v2': of('ec2-v2', { ...tagged, location: 'openpex1' }),
      'ec2-v4': of('ec2-v4', { ...tagged, location: 'openpex1' }),
      eucalyptus: of('eucalyptus', tagged),
      nimbus: of('nimbus', {}),
    });
  },
);

test.skipIf(!hasAws)('the aws command leads a life, and ends as it does for every refusal', async () => {
  const endpoint = await ec2Endpoint({ nodes: 2 });
  const { accessKeyId, secretAccessKey } = await endpoint.key('alice');
  const start = new Date(endpoint.bed.service.now() + 86_400_000).toISOString();
  const args = [join(CLIENTS, 'awscli_life.py'), `${endpoint.url}/ec2`, IMAGE, start];
  const said = await lead(endpoint, PYTHON, args, {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  });
  expect(JSON.parse(said)).toEqual({
    key: ['cli'],
    // A line for each page.
    pages: ['2', '1'],
    'user data': [Buffer.from('#!/bin/sh\necho hello\n').toString('base64')],
    reserved: ['scheduled', '2'],
    cancelled: ['True'],
    terminating: ['shutting-down', 'shutting-down', 'shutting-down'],
    // Nothing that it sends tells a repetition.
    'bought once': true,
    'bought anew': true,
    bought: ['retired', 'active'],
    none: [254, 'InvalidInstanceID.NotFound'],
    unknown: [254, 'InvalidAction'],
    full: [254, 'InsufficientInstanceCapacity'],
    secret: [254, 'SignatureDoesNotMatch'],
  });
});
