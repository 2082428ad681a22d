// The small workload of small-parity.ts on a pool.
import type { DomainEvent } from '../../../../engine/index.ts';
import { USUAL_POOL } from '../../../../pool-double/pool-description.ts';
import { decidedOn, TEMPLATE } from '../small-parity.ts';
import { HURRIED_XAPI } from './hurried.ts';
import { startServer } from './pool-under-test.ts';

export async function decidedOnPool(): Promise<readonly DomainEvent[]> {
  const [template] = USUAL_POOL.templates;
  const server = await startServer({
    pool: { hosts: 2, templates: [{ ...template!, name: TEMPLATE }] },
    timeScale: 0.01,
    durations: { guestBoot: 1 },
  });
  const xen = { url: server.url, password: 'xen', stopGrace: '2s', operationTimeout: '20s' };
  return decidedOn({ xen }, { hypervisors: HURRIED_XAPI });
}
