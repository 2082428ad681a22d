// A database of before VMs could be paused by their users is brought up to date.
import { describe, expect, test } from 'vitest';
import type { VmSnapshot } from '../../../engine/index.ts';
import { up } from '../../../live/database/migrations/035-paused-at-the-console.ts';
import { databases } from '../../support/databases.ts';
import { accepted, instance, registerUser, reservation, ScriptedManager, vm } from './scripted-manager.ts';

const idOf = (number: number) => `${number}0000000-0000-4000-8000-000000000000`;

const CASES: readonly [what: string, VmSnapshot, wanted: string][] = [
  ['was paused at the console', vm(idOf(1), { state: 'PAUSED' }), 'paused'],
  ['runs', vm(idOf(2)), 'running'],
  ['is to end', vm(idOf(3), { state: 'PAUSED', wanted: 'deleted' }), 'deleted'],
  ['is to stand still', vm(idOf(4), { state: 'PAUSED', wanted: 'suspended' }), 'suspended'],
];

describe.each(databases())('on $name', ({ open }) => {
  test('VMs that were paused at the console stay so', async () => {
    const database = await open();
    const user = await registerUser(database);
    const manager = new ScriptedManager(database);
    const instances = CASES.map(([, snapshot], i) => instance(i + 1, 'n1', snapshot));
    const active = reservation(user, 1, { state: 'ACTIVATED', windowOpen: true, instances });
    manager.run('request', active, ...accepted(active));
    await manager.recorder.flushed();

    await database.knex.transaction(up);
    const rows: { wanted: string }[] = await database.reads('instances').orderBy('vm_id');
    expect(rows.map(({ wanted }) => wanted)).toEqual(CASES.map(([, , wanted]) => wanted));
  });
});
