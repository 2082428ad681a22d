// The configuration of a service: a provider, in the words of a provider file, and the service's own settings.
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { LiveFile } from '../../../live/config/live-file.ts';
import { loadConfig, providerYaml } from '../../../live/config/load-config.ts';
import { loadServedProvider } from '../../../scenarios/load/served-provider.ts';
import { ServedProviderFile } from '../../../scenarios/schema/provider.ts';
import { WrittenDocument } from '../../../written/document.ts';
import { InputError } from '../../../written/input-error.ts';
import { temporaryFolder, write } from '../../support/command-line.ts';

const CLUSTER = 'cluster: { nodes: [{ group: n, count: 2, cpus: 4, memoryMib: 4096 }] }\n';
const POLICY = `import { pricingPolicy } from 'openpex';
import { Type } from 'typebox';
export default pricingPolicy({
  name: 'free', summary: 'Nothing.', options: Type.Object({}), create: () => ({ price: () => 0, compensation: () => 0 }),
});
`;

async function refusal(yaml: string, env = {}): Promise<string> {
  const file = write(temporaryFolder(), 'pex.yaml', yaml);
  return loadConfig(file, {}, env).then(
    () => 'no refusal',
    (error: unknown) => {
      if (!(error instanceof InputError)) throw error;
      return `${error.code} ${error.message}`.replaceAll(`${dirname(file)}/`, '');
    },
  );
}

describe('a configuration', () => {
  test('needs a cluster, and nothing of a scenario', async () => {
    expect(await refusal('{}')).toMatchInlineSnapshot(
      `"PEX_CONFIG_INVALID pex.yaml:1:1: cluster: is missing; expected a group of settings (preset, nodes, nodesFrom, limits, links, costs, sharedDiskGib)"`,
    );
    expect(await refusal(`${CLUSTER}workloads: [{ file: day.csv }]\nhorizon: 1d\n`)).toMatchInlineSnapshot(`
      "PEX_CONFIG_INVALID pex.yaml:2:1: workloads: "workloads" is not known here (known: name, listen, database, speed, templates, xen, xl, accounts, security, ec2, retention, login, notifications, approval, partners, clockTolerance, log, shutdownGrace, seed, resources, cluster, instanceTypes, reservationRules, negotiation, manager, hypervisor, faults, outsourcing, policies)
      pex.yaml:3:1: horizon: "horizon" is not known here (known: name, listen, database, speed, templates, xen, xl, accounts, security, ec2, retention, login, notifications, approval, partners, clockTolerance, log, shutdownGrace, seed, resources, cluster, instanceTypes, reservationRules, negotiation, manager, hypervisor, faults, outsourcing, policies)"
    `);
  });

  test('is refused where the provider contradicts itself, at its place', async () => {
    expect(
      await refusal(
        `listen: { port: 0 }\n${CLUSTER}faults: { nodeMtbf: 0s }\nhypervisor: { start: { min: 2s, max: 1s } }\n`,
      ),
    ).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INCONSISTENT pex.yaml:4:15: hypervisor.start: min is longer than max
      pex.yaml:3:21: faults.nodeMtbf: expected more than 0s"
    `);
    expect(await refusal(`${CLUSTER}policies: { pricing: flatt }\n`)).toMatchInlineSnapshot(
      `"PEX_POLICY_UNKNOWN pex.yaml:2:22: policies.pricing: there is no pricing policy "flatt" (did you mean "flat"?)"`,
    );
  });

  test('has images sent to simulated nodes, and to no others', async () => {
    const yaml = `${CLUSTER}manager: { images: { cacheMib: 5000, sizes: { Debian: 300 } } }\n`;
    const debian = 'templates: [{ name: Debian }]\n';
    const { provider } = await loadConfig(write(temporaryFolder(), 'pex.yaml', `${yaml}${debian}`), {}, {});
    expect(provider.setup().settings.images).toMatchObject({ transfer: 'multicast', cacheMib: 5000 });
    expect(await refusal(`${yaml}${debian.toLowerCase()}`)).toMatchInlineSnapshot(
      `"PEX_CONFIG_INVALID pex.yaml:2:47: manager.images.sizes.Debian: there is no template "Debian" (did you mean "debian"?); expected the name of one of templates"`,
    );
    const xen = 'xen: { url: "https://xen1.example.org", user: root, password: x }\n';
    expect(await refusal(`${yaml}${xen}`)).toMatchInlineSnapshot(
      `"PEX_CONFIG_INVALID pex.yaml:2:12: manager.images: images are sent to simulated nodes only; leave it out with the hypervisor xapi, which makes the disks of VMs of what is on its hosts or on a storage that they share"`,
    );
  });

  test('is refused where it keeps copies of VMs, which is simulated only', async () => {
    const kept = `${CLUSTER}manager: { replicas: {} }\nhypervisor: { checkpoints: {} }\n`;
    expect(await refusal(kept)).toMatchInlineSnapshot(
      `"PEX_CONFIG_INVALID pex.yaml:2:12: manager.replicas: replicas are simulated only: no hypervisor of a service is told to keep one"`,
    );
  });

  test('has the settings of a provider under the same names, and no others of a scenario', () => {
    expect(Object.keys(LiveFile.properties)).toEqual(
      expect.arrayContaining(Object.keys(ServedProviderFile.properties)),
    );
    for (const key of ['workloads', 'horizon', 'incidents', 'users', 'providers']) {
      expect(LiveFile.properties).not.toHaveProperty(key);
    }
  });

  test('variables are those of the environment, in what may be secret', async () => {
    const yaml = `${CLUSTER}database: "postgres://pex:\${SECRET}@db/pex"\n`;
    expect(await refusal(yaml)).toMatchInlineSnapshot(
      `"PEX_ENVIRONMENT pex.yaml:2:11: database: the environment variable SECRET is not set"`,
    );
    const { databaseUrl } = await loadConfig(write(temporaryFolder(), 'pex.yaml', yaml), {}, { SECRET: 'x' });
    expect(databaseUrl).toBe('postgres://pex:x@db/pex');
  });
});

describe('what the database keeps of the provider', () => {
  test('is every setting, and is read back as it is', async () => {
    const config = await loadConfig(write(temporaryFolder(), 'pex.yaml', `${CLUSTER}seed: 4\n`), {}, {});
    const yaml = providerYaml(config);
    // It names no resources of its own, buys of nobody, and what rules of reservation stand for is written out.
    const {
      outsourcing: _,
      reservationRules: __,
      resources: ___,
      ...settings
    } = ServedProviderFile.properties;
    expect(Object.keys(parse(yaml))).toEqual(Object.keys(settings));
    const again = await loadServedProvider(WrittenDocument.parse(yaml, 'openpex.db'), {});
    expect(again.resolved).toEqual(config.provider.resolved);
    expect(again.setup().seed).toBe(4);
  });

  test('finds the files of the provider from wherever it is read', async () => {
    const folder = temporaryFolder();
    write(folder, 'free.mjs', POLICY);
    const config = await loadConfig(
      write(folder, 'pex.yaml', `${CLUSTER}policies: { pricing: { file: ./free.mjs } }\n`),
      {},
      {},
    );
    const stored = WrittenDocument.parse(providerYaml(config), 'postgres://db/pex');
    const provider = await loadServedProvider(stored, {});
    expect(provider.resolved.policies.pricing).toMatchObject({ file: join(folder, 'free.mjs') });
    expect(provider.setup().policies.pricing.name).toBe('free');
  });
});
