// event.from: tokens, batches, waiting, and what a client can rely on to keep a cache.
import { expect, test } from 'vitest';
import type { XapiValue } from '../../pool-double/data-model.ts';
import { codeOf, DEBIAN, PoolClient, startPool } from './pool-client.ts';

interface Batch {
  readonly events: readonly {
    readonly id: string;
    readonly class: string;
    readonly operation: 'add' | 'mod' | 'del';
    readonly ref: string;
    readonly snapshot?: Readonly<Record<string, XapiValue>>;
  }[];
  readonly valid_ref_counts: Readonly<Record<string, number>>;
  readonly token: string;
}

async function pool() {
  const server = await startPool();
  const client = await PoolClient.login(server.url);
  const from = async (classes: string[], token = '', seconds = 0): Promise<Batch> => {
    const answer: unknown = await client.call('event.from', classes, token, seconds);
    return answer as Batch;
  };
  return { server, client, from };
}

test('an empty token brings every object, with its record, and how many there are', async () => {
  const { client, from } = await pool();
  const { events, valid_ref_counts: counts, token } = await from(['vm', 'Pool']);
  expect(token).toMatch(/^\d{20},\d{20}$/);
  expect(new Set(events.map((event) => event.class))).toEqual(new Set(['vm', 'pool']));
  expect(events.every(({ operation }) => operation === 'add')).toBe(true);
  expect(counts['vm']).toBe(events.filter((event) => event.class === 'vm').length);
  const pools = events.filter((event) => event.class === 'pool');
  expect(pools).toHaveLength(1);
  expect(pools[0]?.snapshot).toEqual(await client.record('pool', pools[0]?.ref ?? ''));
});

test('objects come once a batch, as they are at its end', async () => {
  const { client, from } = await pool();
  const [vm = ''] = await client.refs('VM.get_by_name_label', DEBIAN);
  const { token } = await from(['*']);
  for (const name of ['a', 'b', 'c']) await client.call('VM.set_name_description', vm, name);
  const { events } = await from(['VM'], token);
  expect(events).toMatchObject([{ ref: vm, operation: 'mod', snapshot: { name_description: 'c' } }]);
});

test('what is made is an add however it changed, what is gone a del, and what came and went is nothing', async () => {
  const { client, from } = await pool();
  const { token } = await from(['*']);
  const vm = await client.makeVm('a');
  const made = await from(['VM'], token);
  expect(made.events.filter(({ ref }) => ref === vm)).toMatchObject([{ operation: 'add', class: 'vm' }]);
  await client.call('VM.destroy', vm);
  const gone = await from(['VM'], made.token);
  expect(gone.events.filter(({ ref }) => ref === vm)).toEqual([
    expect.not.objectContaining({ snapshot: expect.anything() }),
  ]);
  expect(gone.events.find(({ ref }) => ref === vm)?.operation).toBe('del');
  expect((await from(['VM'], token)).events.filter(({ ref }) => ref === vm)).toEqual([]);
});

test('a change to one side of a relation is told of the other side, too', async () => {
  const { client, from } = await pool();
  const vm = await client.makeVm('a');
  const [network = ''] = await client.refs('network.get_all');
  const { token } = await from(['VM', 'network']);
  const vif = await client.text('VIF.create', { VM: vm, network, device: '1', MAC: '' });
  const { events } = await from(['VM', 'network'], token);
  expect(events.map((event) => [event.class, event.operation]).sort()).toEqual([
    ['network', 'mod'],
    ['vm', 'mod'],
  ]);
  expect(events.find(({ ref }) => ref === vm)?.snapshot?.['VIFs']).toContain(vif);
});

test('who is up to date waits for news, and no longer than asked', async () => {
  const { client, from } = await pool();
  const [vm = ''] = await client.refs('VM.get_by_name_label', DEBIAN);
  const { token } = await from(['VM']);
  const idle = await from(['VM'], token, 0.05);
  expect(idle.events).toEqual([]);
  const news = from(['VM'], idle.token, 30.1);
  await client.call('VM.add_tags', vm, 'new');
  expect((await news).events).toMatchObject([{ ref: vm, snapshot: { tags: ['new'] } }]);
});

test('only watched objects wake who waits', async () => {
  const { client, from } = await pool();
  const [first = '', second = ''] = await client.refs('VM.get_all');
  const { token } = await from([`VM/${first}`]);
  await client.call('VM.add_tags', second, 'x');
  expect((await from([`VM/${first}`], token)).events).toEqual([]);
  await client.call('VM.add_tags', first, 'x');
  expect((await from([`VM/${first}`], token)).events).toMatchObject([{ ref: first }]);
});

test('an injected event comes after the token that it returns', async () => {
  const { client, from } = await pool();
  const [ref = ''] = await client.refs('pool.get_all');
  const token = await client.text('event.inject', 'pool', ref);
  expect((await from(['pool'], token)).events).toMatchObject([{ ref, operation: 'mod' }]);
  expect(await codeOf(client.call('event.inject', 'VM', ref))).toBe('HANDLE_INVALID');
});

test('a stalled stream answers nobody, and afterwards tells everything', async () => {
  const { server, client, from } = await pool();
  const [vm = ''] = await client.refs('VM.get_by_name_label', DEBIAN);
  const { token } = await from(['VM']);
  await server.faults.stallEvents({ stalled: true });
  let answered = false;
  const news = from(['VM'], token, 30.1).finally(() => {
    answered = true;
  });
  await client.call('VM.set_name_description', vm, 'first');
  await client.call('VM.start', await client.makeVm('a'), false, false);
  expect(answered).toBe(false);
  await client.call('VM.set_name_description', vm, 'last');
  await server.faults.stallEvents({ stalled: false });
  expect((await news).events.find(({ ref }) => ref === vm)?.snapshot).toMatchObject({
    name_description: 'last',
  });
});

test('what is no token and no class is refused', async () => {
  const { client } = await pool();
  expect(await codeOf(client.call('event.from', ['VM'], '42', 0))).toBe('EVENT_FROM_TOKEN_PARSE_FAILURE');
  expect(await codeOf(client.call('event.from', ['a/b/c'], '', 0))).toBe('EVENT_SUBSCRIPTION_PARSE_FAILURE');
});
