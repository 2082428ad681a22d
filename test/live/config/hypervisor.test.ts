// Which hypervisor a configuration and the command line mean, on a catalogue with one that needs a setting and one that has none to need.
import { Type } from 'typebox';
import { describe, expect, test } from 'vitest';
import { type ConfigOverrides, loadConfig } from '../../../live/config/load-config.ts';
import { MACHINE } from '../../../live/host-timers.ts';
import { HYPERVISORS, type HypervisorCatalogue } from '../../../live/hypervisors/catalogue.ts';
import { hypervisor } from '../../../live/hypervisors/definition.ts';
import { temporaryFolder, write } from '../../support/command-line.ts';

class Opened extends Error {}

/** Tells its name and its options instead of opening. */
const far = hypervisor({
  name: 'far',
  aliases: ['remote'],
  summary: 'Somewhere else.',
  section: 'site',
  options: Type.Object(
    {
      address: Type.String({ description: 'Where.' }),
      retries: Type.Integer({ default: 3, description: 'How often.' }),
    },
    { additionalProperties: false },
  ),
  flags: [{ name: 'at', setting: 'address', type: 'string', describe: 'Where' }],
  knowsNodes: true,
  configure: (options) => ({
    discovered: {
      cluster: { nodes: [{ group: 'far', count: 2, cpus: 4, memoryMib: 4096, diskGib: 10 }] },
      origin: options.address,
    },
    templates: [{ name: 'Far Linux', description: '' }],
    problemsOfNodes: (nodeIds) =>
      nodeIds
        .filter((nodeId) => !nodeId.startsWith('far'))
        .map((nodeId) => ({ path: ['cluster'], message: `there is no ${nodeId}` })),
    open: () => Promise.reject(new Opened(`far ${JSON.stringify(options)}`)),
  }),
});

const near = hypervisor({
  name: 'near',
  summary: 'Here.',
  options: Type.Object({ floor: Type.Integer({ default: 1, description: 'How high.' }) }),
  configure: (options) => ({ open: () => Promise.reject(new Opened(`near ${JSON.stringify(options)}`)) }),
});

const CATALOGUE: HypervisorCatalogue = [...HYPERVISORS, far, near];

function load(yaml: string | undefined, overrides: ConfigOverrides = {}) {
  const file = yaml === undefined ? undefined : write(temporaryFolder(), 'pex.yaml', yaml);
  return loadConfig(file, overrides, {}, CATALOGUE);
}

/** What opening the chosen hypervisor says, or why there is none. */
async function chosen(yaml: string | undefined, overrides: ConfigOverrides = {}): Promise<string> {
  try {
    const { hypervisor, provider } = await load(yaml, overrides);
    const log = { info: () => undefined, warn: () => undefined };
    const notes = { get: async () => undefined, set: async () => undefined };
    const logins = { of: async () => ({ sshKeys: [], userData: null }) };
    const { cluster } = provider;
    await hypervisor.open({ cluster, isHandsOff: true, notes, logins, log, host: MACHINE });
    return 'simulated';
  } catch (error) {
    return (error as Error).message.replace(/^.*pex\.yaml/, 'pex.yaml');
  }
}

const NODES = 'cluster: { preset: openpex-2009 }\n';

describe('the hypervisor of a service', () => {
  test('is the simulated one unless something says otherwise', async () => {
    expect(await chosen(undefined)).toBe('simulated');
    expect(await chosen(NODES)).toBe('simulated');
    expect(await chosen(`${NODES}near: {}\n`, { hypervisor: 'simulated' })).toBe('simulated');
  });

  test('is the one whose section the configuration has', async () => {
    expect(await chosen('site: { address: hill }\n')).toBe('far {"address":"hill","retries":3}');
    expect(await chosen(`${NODES}near: { floor: 2 }\n`)).toBe('near {"floor":2}');
  });

  test('is the one that the command line names, under its name or an earlier one', async () => {
    expect(await chosen(NODES, { hypervisor: 'near' })).toBe('near {"floor":1}');
    expect(await chosen('site: { address: hill }\n', { hypervisor: 'remote' })).toMatch(/^far /);
  });

  test('is the one of whose flags the command line has one, over what is written', async () => {
    expect(await chosen(undefined, { flags: { at: 'dale' } })).toBe('far {"address":"dale","retries":3}');
    expect(await chosen('site: { address: hill, retries: 1 }\n', { flags: { at: 'dale' } })).toBe(
      'far {"address":"dale","retries":1}',
    );
  });

  test('is not guessed', async () => {
    expect(await chosen(NODES, { hypervisor: 'nera' })).toBe(
      '--hypervisor: there is no hypervisor "nera" (did you mean "near"?)',
    );
    expect(await chosen('site: { address: hill }\nnear: {}\n')).toBe(
      'pex.yaml:2:1: near: has settings of far and of near; say which one with --hypervisor',
    );
    expect(await chosen(NODES, { hypervisor: 'xen' })).toMatch(
      /the hypervisor xapi needs a section `xen`, or give --pool$/,
    );
  });
});

describe('its settings', () => {
  test('are checked with their line, as all others', async () => {
    expect(await chosen('site:\n  adress: hill\n')).toMatch(
      /^pex\.yaml:2:3: site\.adress: "adress" is not known here \(did you mean "address"\?\)/,
    );
    expect(await chosen('site:\n  retries: 2\n')).toMatch(/^pex\.yaml:\d+:\d+: site\.address: is missing/);
  });

  test('bring nodes and templates, where the hypervisor knows them', async () => {
    const { provider, templates } = await load('site: { address: hill }\n');
    expect(provider.cluster.nodes.map(({ nodeId }) => nodeId)).toEqual(['far-001', 'far-002']);
    expect(templates).toEqual([{ name: 'Far Linux', description: '' }]);
    expect(await chosen(`${NODES}site: { address: hill }\n`)).toMatch(/^pex\.yaml:1:1: cluster: there is no/);
    expect(await chosen('near: {}\n')).toMatch(/cluster: is missing/);
  });

  test('of one that is real leave time as it is', async () => {
    expect(await chosen(`${NODES}near: {}\nspeed: 60\n`)).toMatch(
      /^pex\.yaml:3:8: speed: expected 1 with the hypervisor near, whose VMs live in real time, found 60/,
    );
    expect(await chosen(`${NODES}speed: 60\n`)).toBe('simulated');
  });
});
