// The pool for callers in the same process: no sockets, no time but that of its machine, no chance but what is handed in.
import { setImmediate as turn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { type InnerPool, startInnerPool } from '../../pool-double/pool.ts';
import { VirtualMachine } from '../support/virtual-machine.ts';

const START_MS = Date.parse('2026-06-01T08:00:00Z');

function start(seed: number): { readonly pool: InnerPool; readonly machine: VirtualMachine } {
  const machine = new VirtualMachine(START_MS);
  let drawn = seed;
  const chance = (count: number) => Uint8Array.from({ length: count }, () => (drawn = (drawn * 5 + 3) % 251));
  const pool = startInnerPool({ machine, chance, pool: { hosts: 2 } });
  onTestFinished(() => pool.stop());
  return { pool, machine };
}

/** Whatever each timer sets off comes to rest before the next. */
async function pass(machine: VirtualMachine, ms: number): Promise<void> {
  const untilMs = machine.now() + ms;
  for (await turn(); machine.clock.nextTimeMs <= untilMs; await turn()) machine.clock.step();
}

const forever = new AbortController().signal;
const logIn = ({ addresses, call }: InnerPool, host = 0) =>
  call(addresses[host]!, 'session.login_with_password', ['root', 'xen'], forever);

test('a pool has the same objects whenever it is made by the same chance', () => {
  const [first, second, other] = [start(1), start(1), start(2)].map(({ pool }) => pool.inventory());
  expect(second).toEqual(first);
  expect(other).not.toEqual(first);
  expect(first!.vms[0]!.uuid).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
});

test('a call is answered at once, and an operation takes the time of the machine', async () => {
  const { machine, pool } = start(1);
  const [master = ''] = pool.addresses;
  const session = await logIn(pool);
  const [template] = pool.toolstack.store.all('VM').find(([, vm]) => vm.name_label.startsWith('PEX'))!;
  const cloned = pool.call(master, 'VM.clone', [session, template, 'one'], forever);
  let isDone = false;
  void cloned.then(() => {
    isDone = true;
  });
  await pass(machine, 50);
  expect(isDone).toBe(false);
  await pass(machine, 1_000);
  expect(pool.toolstack.store.get('VM', String(await cloned)).name_label).toBe('one');
});

test('a member says who is master, and a refusal is thrown with its code', async () => {
  const { pool } = start(1);
  await expect(logIn(pool, 1)).rejects.toMatchObject({ code: 'HOST_IS_SLAVE', params: [pool.addresses[0]] });
  await expect(pool.call(pool.addresses[0]!, 'VM.start', ['nobody'], forever)).rejects.toMatchObject({
    code: expect.stringMatching(/^(SESSION_INVALID|MESSAGE_PARAMETER_COUNT_MISMATCH)$/),
  });
});

test('a host that is shut off drops who waits, refuses who comes, and is back when it is let in again', async () => {
  const { pool } = start(1);
  const [master = ''] = pool.addresses;
  const session = await logIn(pool);
  const news = pool.call(master, 'event.from', [session, ['VM'], '', 30], forever);
  await pool.faults.setNetwork({ host: 'xen1', up: false });
  await expect(news).rejects.toMatchObject({ code: 'ECONNRESET' });
  await expect(logIn(pool)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await pool.faults.setNetwork({ host: 'xen1', up: true });
  expect(await logIn(pool)).toMatch(/^OpaqueRef:/);
});

test('who does not wait any more hears nothing, and what was begun goes on', async () => {
  const { machine, pool } = start(1);
  const [master = ''] = pool.addresses;
  const session = await logIn(pool);
  const [template] = pool.toolstack.store.all('VM').find(([, vm]) => vm.name_label.startsWith('PEX'))!;
  const gone = new AbortController();
  const cloned = pool.call(master, 'VM.clone', [session, template, 'two'], gone.signal);
  await turn();
  gone.abort();
  await expect(cloned).rejects.toMatchObject({ code: 'ECONNRESET' });
  await pass(machine, 1_000);
  expect(pool.inventory().vms.some(({ name }) => name === 'two')).toBe(true);
});
