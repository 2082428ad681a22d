// What a guest finds on its NoCloud disk: what the operator gives all, and what its user wants beside.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { seedImage, seedOf } from '../../../../live/hypervisors/xl/seed-image.ts';
import { FakeXen } from './fake-xen.ts';
import { done, spec, startHosts, TEMPLATES } from './hosts-under-test.ts';

const OPERATOR = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFirstFirstFirstFirstFirstFirstFirst operator';
const ADA = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAdaAdaAdaAdaAdaAdaAdaAdaAdaAdaAdaAdaA ada@example.org';

/** A file of an image: after the 21 sectors of the system, each begins a sector. */
function fileIn(image: Buffer, start: string): string {
  for (let at = 21 * 2048; at < image.length; at += 2048) {
    const text = image.subarray(at).toString('utf8');
    if (text.startsWith(start)) return text.slice(0, text.indexOf('\0'));
  }
  throw new Error(`no file begins with ${start}`);
}

test('a VM that is made has the keys of its user and of the operator, and the user-data of its reservation', async () => {
  const xen = new FakeXen();
  const asked: unknown[] = [];
  const [debian] = TEMPLATES;
  const { carrier } = await startHosts({
    xen,
    section: { templates: [{ ...debian, cloudInit: { sshKeys: [OPERATOR], user: 'debian' } }] },
    logins: {
      of: async ({ reservationId, userId }) => {
        asked.push([reservationId, userId]);
        return { sshKeys: [ADA, OPERATOR], userData: '#!/bin/sh\necho hello\n' };
      },
    },
  });
  const vm = spec(1);
  await done(carrier.dispatcher.create(vm));
  expect(asked).toEqual([[vm.reservationId, vm.userId]]);
  const image = readFileSync(join(xen.path('xen1', 'fs/openpex/vms'), vm.vmId, 'seed.iso'));
  const metaData = fileIn(image, 'instance-id');
  expect(metaData.split(ADA)).toHaveLength(2);
  expect(metaData.split(OPERATOR)).toHaveLength(2);
  expect(fileIn(image, '#!')).toBe('#!/bin/sh\necho hello\n');
});

test('what an operator has every VM do comes first, each part in its own form', () => {
  const template = { sshKeys: [], user: 'root', userData: '#cloud-config\npackages: [git]\n' };
  const own = '#!/bin/sh\necho "größer"\n'.repeat(20);
  const both = seedOf(template, { sshKeys: [], userData: own }).userData;
  const parts = both.split('--openpex-user-data').slice(1, -1);
  const read = parts.map((part) => {
    const [head = '', body = ''] = part.trim().split('\n\n');
    return [/Content-Type: ([^;]+)/.exec(head)?.[1], Buffer.from(body, 'base64').toString()];
  });
  expect(read).toEqual([
    ['text/cloud-config', template.userData],
    ['text/x-shellscript', own],
  ]);
  expect(both.split('\n').every((line) => line.length <= 78)).toBe(true);
  // Nothing to put together.
  expect(seedOf(template, { sshKeys: [], userData: null }).userData).toBe(template.userData);
  const plain = { ...template, userData: '#cloud-config\n' };
  expect(seedOf(plain, { sshKeys: [], userData: own }).userData).toBe(own);
});

test('without keys there are none in the image', () => {
  const image = seedImage('vm', 'guest', { sshKeys: [], userData: '' });
  expect(fileIn(image, 'instance-id')).not.toContain('public-keys');
});
