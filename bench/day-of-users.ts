// node dist/bench/day-of-users.js URL [MINUTES [SEED]]: users and an operator of a small live service, so that there is something to fit machines to
// (`openpex calibrate`). The password is that of OPENPEX_OPERATOR_PASSWORD. Users come by chance and book one or two VMs for some minutes, at once or a little
// ahead; the operator drains the emptier of two nodes where the VMs of it have room on the other, and suspends a VM now and then. What is decided is drawn
// from the seed, but how it goes depends on the machines.
import { setTimeout as pause } from 'node:timers/promises';
import { Rng } from '../engine/index.ts';
import { negotiate, OpenPexClient, OpenPexProblem } from '../live/client/index.ts';

const USERS_MEAN_S = 80;
const WINDOW_S = [240, 420] as const;
const LEAD_S = 150;
const DRAIN_EVERY_S = 60;
const DRAIN_LIMIT_S = 400;
const SUSPEND_EVERY_S = 330;
const SUSPENDED_S = 60;
/** No more VMs than these are moved, so that all of them have room on the other node. */
const MOST_MOVED = 3;
/** Users wait while so many VMs are there. */
const MOST_VMS = 5;

const [url, minutes = '30', seed = '1'] = process.argv.slice(2);
if (url === undefined || !(Number(minutes) > 0) || !/^\d+$/.test(seed)) {
  console.error('usage: node dist/bench/day-of-users.js URL [MINUTES [SEED]]');
  process.exit(2);
}
const name = process.env['OPENPEX_OPERATOR'] ?? 'operator';
const password = process.env['OPENPEX_OPERATOR_PASSWORD'] ?? '';
const client = new OpenPexClient({ url, user: { name, password } });
const endMs = Date.now() + Number(minutes) * 60_000;
const rng = Rng.fromSeed(seed);

await client.call('listNodes').catch((error: unknown) => {
  console.error(`${url}: ${error instanceof Error ? error.message : error}`);
  process.exit(2);
});
const types = await client.call('listTypes');
// The smallest: VMs are to fit beside each other.
const [smallest] = [...types].sort((a, b) => a.memoryMib - b.memoryMib);
const type = smallest!.name;
await Promise.all([users(rng.stream('users')), operator(), suspender(rng.stream('suspender'))]);

async function users(rng: Rng): Promise<void> {
  for (; Date.now() < endMs; await pause(rng.exponential(USERS_MEAN_S * 1000))) {
    const count = rng.next() < 0.8 ? 1 : 2;
    const windowMs = Math.round((WINDOW_S[0] + rng.next() * (WINDOW_S[1] - WINDOW_S[0])) * 1000);
    const leadMs = rng.next() < 0.5 ? 0 : Math.round(rng.next() * LEAD_S * 1000);
    const thinkMs = 1000 + rng.next() * 4000;
    if ((await vms()).length >= MOST_VMS) continue;
    await told(`book ${count} for ${windowMs / 1000} s`, async () => {
      const startTime = leadMs === 0 ? undefined : new Date(Date.now() + leadMs).toISOString();
      const asked = {
        duration: windowMs,
        numInstancesFixed: count,
        type,
        ...(startTime !== undefined && { startTime }),
      };
      const agreement = await negotiate(client, asked, async () => {
        await pause(thinkMs);
        return 'book' as const;
      });
      return agreement.kind === 'rejected'
        ? `rejected: ${agreement.reply.detail ?? agreement.reply.reason}`
        : agreement.kind;
    });
  }
}

async function operator(): Promise<void> {
  while (Date.now() < endMs) {
    await pause(DRAIN_EVERY_S * 1000);
    const all = await vms();
    const nodes = (await client.call('listNodes')).map(({ node }) => node);
    const on = (node: string) => all.filter((vm) => vm.node === node && vm.status === 'RUNNING').length;
    const [node] = nodes.filter((id) => on(id) > 0).sort((a, b) => on(a) - on(b));
    if (node === undefined || all.length > MOST_MOVED) continue;
    await told(`drain ${node} of ${on(node)}`, async () => {
      await client.call('drainNode', { path: { id: node } });
      const untilMs = Date.now() + DRAIN_LIMIT_S * 1000;
      while (Date.now() < untilMs && (await vms()).some((vm) => vm.node === node)) await pause(3000);
      await client.call('enableNode', { path: { id: node } });
      return 'enabled';
    });
  }
}

async function suspender(rng: Rng): Promise<void> {
  for (;;) {
    await pause(SUSPEND_EVERY_S * 1000);
    if (Date.now() >= endMs) return;
    const running = (await vms()).filter(({ status }) => status === 'RUNNING');
    const vm = running[Math.floor(rng.next() * running.length)];
    if (vm === undefined) continue;
    const path = { id: vm.id };
    await told(`suspend ${vm.name}`, async () => {
      await client.call('suspendInstance', { path });
      await pause(SUSPENDED_S * 1000);
      await client.call('resumeInstance', { path });
      return 'resumed';
    });
  }
}

async function vms() {
  return (await client.call('listInstances')).filter(({ status }) => status !== 'DELETED');
}

/** What the service refuses is part of the day. */
async function told(what: string, doIt: () => Promise<string>): Promise<void> {
  const how = await doIt().catch((error: unknown) => {
    if (error instanceof OpenPexProblem) return error.message;
    throw error;
  });
  console.log(`${new Date().toISOString()} ${what}: ${how}`);
}
