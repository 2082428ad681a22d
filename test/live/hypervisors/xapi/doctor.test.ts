// Settings that do not fit a pool, and pools that do not fit OpenPEX: one clear line each.
import { describe, expect, test } from 'vitest';
import { examineHypervisor } from '../../../../live/config/examine.ts';
import { loadConfig } from '../../../../live/config/load-config.ts';
import { examinePool } from '../../../../live/hypervisors/xapi/doctor.ts';
import { vmRecord } from '../../../../live/hypervisors/xapi/records.ts';
import { adviceOnTemplates, findTemplates } from '../../../../live/hypervisors/xapi/templates.ts';
import { xapi } from '../../../../live/hypervisors/xapi/xapi.ts';
import type { XapiServer } from '../../../../pool-double/server.ts';
import { WrittenDocument } from '../../../../written/document.ts';
import { canMakeCertificates, certificate } from '../../../support/certificate.ts';
import { temporaryFolder, write } from '../../../support/command-line.ts';
import { QUIET, SETTINGS, startServer } from './pool-under-test.ts';

const PASSWORD = { OPENPEX_XEN_PASSWORD: 'xen' };

/** The message with which a configuration is refused. */
async function refusal(
  { url }: Pick<XapiServer, 'url'>,
  more = '',
  { env = PASSWORD, rest = '' }: { env?: Record<string, string>; rest?: string } = {},
): Promise<string> {
  const file = write(temporaryFolder(), 'pex.yaml', `xen:\n  url: ${url}\n${more}${rest}`);
  return loadConfig(file, {}, env).then(
    () => 'no refusal',
    (error: Error) => error.message.replace(/^.*pex\.yaml/, 'pex.yaml'),
  );
}

describe('a service does not start on a pool that its settings do not fit, and names the setting', () => {
  test('a wrong address', async () => {
    const server = await startServer();
    expect(await refusal({ url: 'ftp://xen1' })).toMatch(
      /pex\.yaml:2:\d+: xen\.url: expected the address of a pool/,
    );
    expect(await refusal({ url: 'https://root:xen@xen1' })).toMatch(
      /xen\.url: expected no user and password/,
    );
    const nowhere = server.url.replace(/:\d+$/, ':9');
    expect(await refusal({ url: nowhere })).toMatch(
      /xen\.url: nothing that speaks the Xen API answers at .*ECONNREFUSED.*xen\.url/,
    );
    expect(await refusal({ url: server.url.replace('http:', 'https:') })).toMatch(
      /xen\.url: .* does not speak TLS/,
    );
  });

  test('a wrong user or password, or none', async () => {
    const server = await startServer();
    expect(await refusal(server, '', { env: { OPENPEX_XEN_PASSWORD: 'no' } })).toMatch(
      /does not accept user "root" with this password; set xen\.user, and the password in OPENPEX_XEN_PASSWORD/,
    );
    expect(await refusal(server, '', { env: {} })).toMatch(
      /needs a password: set the environment variable OPENPEX_XEN_PASSWORD/,
    );
    expect(await refusal(server, `  password: "\${NOT_SET}"\n`)).toMatch(
      /the environment variable NOT_SET is not set/,
    );
  });

  test.runIf(canMakeCertificates())('a certificate that nobody vouches for', async () => {
    const server = await startServer({ tls: certificate('xen1') });
    expect(await refusal(server)).toMatch(
      /xen\.allowUnauthorized: the certificate of .* is not trusted .*NODE_EXTRA_CA_CERTS/,
    );
    expect(await refusal(server, '  allowUnauthorized: true\n')).toBe('no refusal');
  });

  test('templates, storage, networks and nodes that are not there', async () => {
    const server = await startServer();
    expect(await refusal(server, '  templates: { prefix: "PXE" }\n')).toMatch(
      /xen\.templates: no template of the pool has a name that begins with "PXE".*change xen\.templates/,
    );
    expect(await refusal(server, '  templates: { tag: users }\n')).toMatch(
      /xen\.templates: no template of the pool has the tag "users"/,
    );
    expect(await refusal(server, '  storageRepository: NFS virtual disk storag\n')).toMatch(
      /xen\.storageRepository: .*did you mean "NFS virtual disk storage"/,
    );
    expect(await refusal(server, '  network: eth9\n')).toMatch(
      /xen\.network: the pool has no network "eth9"/,
    );
    const rest = 'cluster: { nodes: [ { group: xen, names: [xen1, xen3], cpus: 4, memoryMib: 4096 } ] }\n';
    expect(await refusal(server, '', { rest })).toMatch(/cluster: node "xen3" is no host of the pool/);
    expect(await refusal(server, '', { rest: 'speed: 60\n' })).toMatch(
      /speed: expected 1 with the hypervisor xapi/,
    );
  });
});

test('a pool as it should be has no problems', async () => {
  const server = await startServer();
  const before = server.inventory();
  const findings = await examinePool({ ...SETTINGS, url: server.url }, QUIET);
  expect(findings.filter(({ level }) => level !== 'ok').map(({ subject }) => subject)).toEqual([
    'access',
    'lost hosts',
  ]);
  expect(findings.map(({ subject }) => subject)).toContain('clock');
  expect(server.inventory()).toEqual(before);
});

test('what is amiss with a pool is said, with what to do', async () => {
  const server = await startServer({
    pool: { hosts: 3 },
    users: [
      { name: 'root', password: 'xen', role: 'pool-admin' },
      { name: 'pex', password: 'xen', role: 'vm-operator' },
    ],
    durations: { heartbeatTimeout: 1 },
  });
  await server.faults.setStorage({ sr: 'NFS virtual disk storage', host: 'xen2', attached: false });
  await server.faults.crashHost({ host: 'xen3' });
  const settings = { ...SETTINGS, url: server.url, user: 'pex' };
  const problems = async () =>
    (await examinePool(settings, QUIET))
      .filter(({ level }) => level === 'problem')
      .map(({ message }) => message);
  await expect
    .poll(problems, { timeout: 10_000 })
    .toEqual([
      'pex may not VM.clone, VM.start_on, VM.pool_migrate, VM.destroy, VDI.destroy, VIF.destroy; give the role vm-power-admin',
      'xen3 does not answer; start it, or declare it dead',
      '"NFS virtual disk storage" is not attached to xen2; plug its PBD there',
    ]);
});

describe('the doctor does not say ok where', () => {
  /** What is not as it should be, beside what no pool of these tests has. */
  async function complaints(server: XapiServer, settings: Partial<typeof SETTINGS> = {}): Promise<string[]> {
    const findings = await examinePool({ ...SETTINGS, ...settings, url: server.url }, QUIET);
    return findings
      .filter(({ level, subject }) => level !== 'ok' && subject !== 'access' && subject !== 'lost hosts')
      .map(({ level, message }) => `${level}: ${message}`);
  }

  test('the storage is full, or nearly', async () => {
    const server = await startServer();
    await server.faults.fillStorage({ sr: 'NFS virtual disk storage', freeGib: 5 });
    expect(await complaints(server)).toEqual([
      'problem: "NFS virtual disk storage" is full: 5 GiB free, and one more VM may take 16; make room, or name another one in xen.storageRepository',
    ]);
    await server.faults.fillStorage({ sr: 'NFS virtual disk storage', freeGib: 100 });
    expect(await complaints(server)).toEqual([
      'warning: "NFS virtual disk storage" is nearly full: 100 GiB free; make room',
    ]);
    await server.faults.fillStorage({ sr: 'NFS virtual disk storage', freeGib: null });
    expect(await complaints(server)).toEqual([]);
  });

  test('the clock of a host that is not the master is wrong', async () => {
    const server = await startServer();
    await server.faults.setClock({ host: 'xen2', aheadMs: -120_000 });
    const [complaint, ...others] = await complaints(server);
    expect(complaint).toMatch(
      /^problem: xen2 differs from this machine by about 1(1[789]|2[0-3]) s; let both follow NTP$/,
    );
    expect(others).toEqual([]);
  });

  test('a host is asked for its time and does not answer', async () => {
    const server = await startServer();
    await server.faults.setNetwork({ host: 'xen2', up: false });
    expect(await complaints(server)).toEqual([
      expect.stringMatching(/^warning: xen2 could not be asked at http:.*, nor will it tell loads$/),
    ]);
  });

  test('templates come with the server, and nothing boots from their disks', async () => {
    const server = await startServer();
    const other = await complaints(server, { templates: { by: 'prefix', text: 'Other' } });
    expect(other).toEqual([
      'problem: "Other install media" comes with the server and makes an empty disk, which nothing boots from; install a guest in a VM of it, and make a template of that VM',
    ]);
  });

  test('what is suspended goes to a storage that one host alone has', async () => {
    const server = await startServer({ pool: { suspendsTo: 'local' } });
    expect(await complaints(server)).toEqual(
      ['xen1', 'xen2'].map(
        (host) =>
          `warning: what is suspended on ${host} goes to "Local storage", which one host alone has: it can be resumed there only, and waits when that host is lost; set a shared suspend-image-sr`,
      ),
    );
  });

  test('a host tells of no CPUs, without which live does not start either', async () => {
    const server = await startServer();
    await server.faults.setCpu({ host: 'xen2', count: 0 });
    const message =
      'host "xen2" tells of no CPUs; start it, or restart its toolstack (xe-toolstack-restart), or name the nodes to use in cluster';
    expect(await complaints(server)).toEqual([`problem: ${message}`]);
    expect(await refusal(server)).toBe(`pex.yaml:1:1: cluster: ${message}`);
    const rest = 'cluster: { nodes: [ { group: xen, names: [xen1], cpus: 4, memoryMib: 4096 } ] }\n';
    expect(await refusal(server, '', { rest })).toBe('no refusal');
  });
});

test('of templates with one name the administrator’s is for users, and theirs are suggested first', () => {
  const template = (name: string, isDefaultTemplate: boolean, uuid: string) =>
    vmRecord(`OpaqueRef:${uuid}`, {
      uuid,
      name_label: name,
      is_a_template: true,
      is_default_template: isDefaultTemplate,
    });
  const own = template('Debian 12', false, 'b');
  const builtIn = Array.from({ length: 40 }, (_, index) => template(`Debinn ${index}`, true, `a${index}`));
  const twin = template('Debian 12', true, 'a');
  expect(
    findTemplates([twin, own, ...builtIn], { by: 'prefix', text: 'Debian' }).map(({ uuid }) => uuid),
  ).toEqual(['b']);
  expect(adviceOnTemplates([...builtIn, own], { by: 'prefix', text: 'Debain 12' })).toMatch(/"Debian 12"/);
});

test('the doctor complains about a configuration in its own words', async () => {
  const document = WrittenDocument.parse('xen: { url: x, clone: half }', 'pex.yaml');
  await expect(examineHypervisor(xapi, document, PASSWORD)).rejects.toThrow(
    /^pex\.yaml:1:\d+: xen\.clone: "half" is not known here/,
  );
});
