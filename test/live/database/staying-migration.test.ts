// A database of before VMs that stay on a node that they were to leave were stored is brought up to date.
import { describe, expect, test } from 'vitest';
import type { VmSnapshot } from '../../../engine/index.ts';
import { up } from '../../../live/database/migrations/010-staying.ts';
import { OUTAGES } from '../../../live/database/tables.ts';
import { databases } from '../../support/databases.ts';
import { accepted, instance, registerUser, reservation, ScriptedManager, vm } from './scripted-manager.ts';

const idOf = (number: number) => `${number}0000000-0000-4000-8000-000000000000`;
const trouble = (operation: 'migrate' | 'suspend' | 'reboot', kind: 'waits' | 'refused' | 'failed') =>
  ({ operation, kind, reason: 'no-guest-tools', sinceMs: 5 }) as const;

const CASES: readonly [what: string, on: string, VmSnapshot, stays: boolean][] = [
  ['could not migrate', 'n1', vm(idOf(1), { trouble: trouble('migrate', 'failed') }), true],
  ['could not be suspended', 'n1', vm(idOf(2), { trouble: trouble('suspend', 'refused') }), true],
  ['has no trouble', 'n1', vm(idOf(3)), false],
  ['waits', 'n1', vm(idOf(4), { trouble: trouble('migrate', 'waits') }), false],
  ['could not be rebooted', 'n1', vm(idOf(5), { trouble: trouble('reboot', 'failed') }), false],
  ['is on its way', 'n2', vm(idOf(6), { trouble: trouble('migrate', 'failed') }), false],
  ['is to end', 'n1', vm(idOf(7), { trouble: trouble('migrate', 'failed'), wanted: 'deleted' }), false],
  [
    'is on a node in service',
    'n2',
    vm(idOf(8), { trouble: trouble('migrate', 'failed'), nodeId: 'n2' }),
    false,
  ],
];

describe.each(databases())('on $name', ({ open }) => {
  test('VMs stay whose last trouble was to leave a node that is out', async () => {
    const database = await open();
    const user = await registerUser(database);
    const manager = new ScriptedManager(database);
    const instances = CASES.map(([, on, snapshot], i) => instance(i + 1, on, snapshot));
    const active = reservation(user, 1, { state: 'ACTIVATED', windowOpen: true, instances });
    manager.run('request', active, ...accepted(active));
    await manager.recorder.flushed();
    const outage = {
      outageId: 'drained:n1',
      nodeId: 'n1',
      cause: 'drained',
      fromMs: 0,
      untilMs: null,
      begun: true,
      dueOrder: 1,
    } as const;
    await database.knex('outages').insert(OUTAGES.write({ outage, position: 0 }));

    await database.knex.schema.alterTable('instances', (table) => {
      table.dropColumn('stays');
    });
    await database.knex.transaction(up);
    const rows: { vm_id: string; stays: unknown }[] = await database.reads('instances').orderBy('vm_id');
    expect(rows.map(({ vm_id, stays }) => [vm_id, Boolean(stays)])).toEqual(
      CASES.map(([, , { vmId }, stays]) => [vmId, stays]),
    );
  });
});
