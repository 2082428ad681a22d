// Plain Xen hosts, over SSH, as a hypervisor of the catalogue. What speaks to hosts is loaded when there are some.
import { type HypervisorDefinition, hypervisor } from '../definition.ts';
import { XlSection } from './xl-section.ts';
import { USUAL_PACE, type XlPace } from './xl-settings.ts';

/** @param pace how often hosts are looked at, how long for an answer, and by which program */
export function xlAt(pace: XlPace): HypervisorDefinition<typeof XlSection> {
  return hypervisor({
    name: 'xl',
    summary: 'Plain Xen hosts with the xl toolstack, over SSH.',
    options: XlSection,
    knowsNodes: true,
    configure: async (section, configuration) => {
      const { configureHosts } = await import('./configure-hosts.ts');
      return configureHosts(section, configuration, pace);
    },
    doctor: {
      patient: 'a plain Xen host',
      flags: [
        {
          name: 'host',
          setting: 'hosts',
          type: 'string',
          describe: 'The host as ssh takes it',
          example: 'root@xen1.example.org',
        },
        {
          name: 'identity',
          setting: 'identity',
          type: 'string',
          describe: 'File of the private key',
        },
        {
          name: 'known-hosts',
          setting: 'knownHosts',
          type: 'string',
          describe: 'File of the host keys',
        },
        {
          name: 'sudo',
          setting: 'sudo',
          type: 'boolean',
          describe: 'Who logs in is not root',
        },
      ],
      examine: async (section, configuration) => {
        const { examineConfiguredHosts } = await import('./configure-hosts.ts');
        return examineConfiguredHosts(section, configuration, pace);
      },
    },
  });
}

export const xl = xlAt(USUAL_PACE);
