// The pace of a daemon on a pool that is in a hurry.
import { MACHINE } from '../../../../live/host-timers.ts';
import type { HypervisorCatalogue } from '../../../../live/hypervisors/catalogue.ts';
import { xapiAt } from '../../../../live/hypervisors/xapi/xapi.ts';
import type { XenPace } from '../../../../live/hypervisors/xapi/xen-settings.ts';

export const HURRIED: XenPace = {
  callTimeoutMs: 5_000,
  connectTimeoutMs: 3_000,
  reconnectMs: { first: 10, longest: 100 },
  eventPollDelayMs: 50,
  eventDebounceMs: 2,
  taskPollMs: 100,
  sweepMs: 300,
  settleMs: 400,
  loadMs: 600_000,
  addressTimeoutMs: 600_000,
};

const hurried: HypervisorCatalogue[number] = xapiAt(HURRIED);

/** A pool lives in real time, whatever time the service of a test has. */
export const HURRIED_XAPI: HypervisorCatalogue = [
  {
    ...hurried,
    configure: async (section, configuration) => {
      const pool = await hurried.configure(section, configuration);
      return { ...pool, open: (parts) => pool.open({ ...parts, host: MACHINE }) };
    },
  },
];
