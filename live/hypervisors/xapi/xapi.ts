// The hosts of a XenServer or XCP-ng pool as a hypervisor of the catalogue. What speaks to a pool is loaded when there is one.
import { type HypervisorDefinition, hypervisor, type SettingFlag } from '../definition.ts';
import { XenSection } from './xen-section.ts';
import { USUAL_PACE, type XenPace } from './xen-settings.ts';

const ADDRESS = { setting: 'url', type: 'string', example: 'https://xen1.example.org' } as const;

const POOL: SettingFlag = {
  ...ADDRESS,
  name: 'pool',
  describe: 'Address of a Xen pool; its password is in the environment, OPENPEX_XEN_PASSWORD',
};

/** @param pace how often a pool is asked for things, and how long for an answer */
export function xapiAt(pace: XenPace): HypervisorDefinition<typeof XenSection> {
  return hypervisor({
    name: 'xapi',
    aliases: ['xen'],
    summary: 'Hosts of a XenServer or XCP-ng pool, through its management API.',
    section: 'xen',
    options: XenSection,
    flags: [POOL],
    knowsNodes: true,
    configure: async (section, configuration) => {
      const { configurePool } = await import('./configure-pool.ts');
      return configurePool(section, configuration, pace);
    },
    doctor: {
      patient: 'a Xen pool',
      flags: [
        { ...ADDRESS, name: 'url', describe: 'Address of a member of the pool' },
        {
          name: 'user',
          setting: 'user',
          type: 'string',
          describe: 'Who logs in, with the password in OPENPEX_XEN_PASSWORD',
        },
        {
          name: 'allow-unauthorized',
          setting: 'allowUnauthorized',
          type: 'boolean',
          describe: 'Take a certificate that nobody vouches for',
        },
      ],
      examine: async (section, configuration) => {
        const { examineConfiguredPool } = await import('./configure-pool.ts');
        return examineConfiguredPool(section, configuration, pace);
      },
    },
  });
}

export const xapi = xapiAt(USUAL_PACE);
