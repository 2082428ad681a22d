// Keys of accounts and user-data of reservations: whose they are, what is taken, and that they are there when a VM is made.
import { expect, test } from 'vitest';
import { GuestStore } from '../../../live/database/guest-store.ts';
import { FIGURE_4_1, testbed } from './testbed.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAdaAdaAdaAdaAdaAdaAdaAdaAdaAdaAdaAdaA ada@example.org';

test('keys are kept with the account, each once, and are nobody else’s', async () => {
  const bed = await testbed();
  const put = (sshKeys: readonly unknown[]) =>
    bed.as('alice', { method: 'PUT', url: '/OpenPEX/account/ssh-keys', payload: { sshKeys } });
  expect((await put([KEY, KEY])).json()).toEqual({ sshKeys: [KEY] });
  const keysOf = async (user: string) => (await bed.as(user, { url: '/OpenPEX/account/ssh-keys' })).json();
  expect(await keysOf('alice')).toEqual({ sshKeys: [KEY] });
  expect(await keysOf('bob')).toEqual({ sshKeys: [] });
  for (const wrong of [
    'ssh-rsa',
    `${KEY}\n${KEY}`,
    `command="rm" ${KEY}`,
    '-----BEGIN OPENSSH PRIVATE KEY-----',
  ])
    expect((await put([wrong])).statusCode).toBe(400);
  expect(await keysOf('alice')).toEqual({ sshKeys: [KEY] });
});

test('user-data is kept with the reservation until its VMs are made', async () => {
  const bed = await testbed();
  const opened = await bed.as('alice', { method: 'POST', url: '/OpenPEX/reservations', payload: FIGURE_4_1 });
  const { id } = opened.json().proposal;
  const url = `/OpenPEX/reservations/${id}/user-data`;
  const put = (user: string, userData: string | null) =>
    bed.as(user, { method: 'PUT', url, payload: { userData } });
  expect((await bed.as('alice', { url })).json()).toEqual({ userData: null });
  expect((await put('alice', '#!/bin/sh\n')).json()).toEqual({ userData: '#!/bin/sh\n' });
  expect((await put('bob', 'mine')).statusCode).toBe(404);
  expect((await bed.as('bob', { url })).statusCode).toBe(404);
  expect((await put('alice', 'x'.repeat(16_385))).statusCode).toBe(400);
  const guests = new GuestStore(bed.database);
  const login = () => guests.of({ reservationId: id, userId: String(opened.json().proposal.userid) });
  expect(await login()).toEqual({ sshKeys: [], userData: '#!/bin/sh\n' });
  expect((await put('alice', null)).json()).toEqual({ userData: null });
  expect(await login()).toEqual({ sshKeys: [], userData: null });
  await bed.as('alice', { method: 'DELETE', url: `/OpenPEX/reservations/${id}` });
  expect((await put('alice', 'late')).json()).toMatchObject({ status: 409, code: 'PEX_REQUEST_FAILED' });
});
