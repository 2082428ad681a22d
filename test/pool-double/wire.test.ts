// Both wires, letter by letter where clients are that strict, and the messages that every class has.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createClient } from 'xen-api';
import { CLASS_NAMES, fieldsOf } from '../../pool-double/data-model.ts';
import { XapiFailure } from '../../pool-double/errors.ts';
import { parseXmlCall, valueElement, xmlAnswer } from '../../pool-double/wire/xml-rpc.ts';
import { runProgram } from '../support/child-process.ts';
import { CallError, codeOf, DEBIAN, PoolClient, startPool } from './pool-client.ts';

async function pool() {
  const server = await startPool();
  return { server, client: await PoolClient.login(server.url) };
}

function xmlCall(method: string, ...params: readonly string[]): string {
  const content = params.map((param) => `<param>${valueElement('string', param)}</param>`).join('');
  return `<?xml version="1.0"?><methodCall><methodName>${method}</methodName><params>${content}</params></methodCall>`;
}

async function postXml(url: string, path: string, body: string) {
  const response = await fetch(`${url}${path}`, { method: 'POST', body });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

describe('XML-RPC', () => {
  test('has not a blank between tags, and integers in strings', async () => {
    const { server, client } = await pool();
    const [host = ''] = await client.hosts();
    const free = await client.call('host.compute_free_memory', host);
    const { status, type, text } = await postXml(
      server.url,
      '/',
      xmlCall('host.compute_free_memory', client.session, host),
    );
    expect([status, type]).toEqual([200, 'text/xml']);
    expect(text).toBe(
      '<?xml version="1.0"?><methodResponse><params><param><value><struct>' +
        '<member><name>Status</name><value>Success</value></member>' +
        `<member><name>Value</name><value>${free}</value></member>` +
        '</struct></value></param></params></methodResponse>',
    );
  });

  test.each(['/', '/RPC2', '/xmlrpc'])('is served at %s', async (path) => {
    const { server } = await pool();
    const { text } = await postXml(server.url, path, xmlCall('session.login_with_password', 'root', 'xen'));
    expect(text).toContain('<value>OpaqueRef:');
  });

  test('tells errors with status 200, in an envelope', async () => {
    const { server } = await pool();
    const { status, text } = await postXml(server.url, '/', xmlCall('VM.get_all', 'nobody'));
    expect(status).toBe(200);
    expect(text).toContain(
      '<member><name>ErrorDescription</name><value><array><data><value>SESSION_INVALID</value><value>nobody</value></data></array></value></member>',
    );
  });

  test('answers introspection without an envelope', async () => {
    const { server } = await pool();
    const { text } = await postXml(server.url, '/', xmlCall('system.listMethods'));
    expect(text).toMatch(/^<\?xml version="1.0"\?><methodResponse><params><param><value><array>/);
  });

  test('reads back every string that it writes', () => {
    // What XML 1.0 can carry at all, line ends as XML leaves them.
    const texts = fc
      .string({ unit: 'grapheme' })
      .filter((text) => ![...text].some((letter) => letter < ' ' || letter >= '\uFFFE'));
    fc.assert(
      fc.property(fc.array(texts), (params) => {
        expect(parseXmlCall(xmlCall('a.b', ...params))).toMatchObject({ method: 'a.b', params });
      }),
    );
  });

  test('reads the types of other clients', () => {
    const value =
      '<value><struct><member><name>list</name><value><array><data><value><i4>3</i4></value>' +
      '<value><boolean>1</boolean></value><value><double>1.5</double></value><value><string>a&amp;b</string></value>' +
      '<value/></data></array></value></member></struct></value>';
    const call = `<methodCall>\n <methodName>m</methodName>\n <params>\n  <param>${value}</param>\n </params>\n</methodCall>`;
    expect(parseXmlCall(call).params).toEqual([{ list: [3, true, 1.5, 'a&b', ''] }]);
  });

  test('writes a failure of the emergency mode like any other', () => {
    const failure = new XapiFailure('HOST_STILL_BOOTING');
    expect(xmlAnswer({ method: 'm', params: [], id: null }, { kind: 'emergency', failure })).toContain(
      '<value>Failure</value>',
    );
  });
});

describe('JSON-RPC', () => {
  async function postJson(url: string, body: string) {
    const response = await fetch(`${url}/jsonrpc`, { method: 'POST', body });
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      text: await response.text(),
    };
  }

  test('has exactly the content type that clients compare with, and the id of the call', async () => {
    const { server, client } = await pool();
    const body = JSON.stringify({ jsonrpc: '2.0', method: 'pool.get_all', params: [client.session], id: 0 });
    const { status, type, text } = await postJson(server.url, body);
    expect([status, type]).toEqual([200, 'application/json']);
    expect(JSON.parse(text)).toEqual({
      jsonrpc: '2.0',
      result: [expect.stringMatching(/^OpaqueRef:/)],
      id: 0,
    });
  });

  test('tells errors with an integer, the code and its parameters; clients of 1.0 get an array', async () => {
    const { server } = await pool();
    const call = { method: 'VM.get_all', params: ['nobody'], id: 7 };
    const modern = await postJson(server.url, JSON.stringify({ jsonrpc: '2.0', ...call }));
    expect(JSON.parse(modern.text)).toEqual({
      jsonrpc: '2.0',
      error: { code: 1, message: 'SESSION_INVALID', data: ['nobody'] },
      id: 7,
    });
    const old = await postJson(server.url, JSON.stringify(call));
    expect(JSON.parse(old.text)).toEqual({ result: null, error: ['SESSION_INVALID', 'nobody'], id: 7 });
  });

  test.each(['', '{', '[]', '{"params":[]}', '{"method":"m","params":{}}', 'null'])(
    'answers %j with 500 and a page',
    async (body) => {
      const { server } = await pool();
      expect(await postJson(server.url, body)).toMatchObject({ status: 500, type: 'text/html' });
    },
  );
});

test('HTTPS is served with the certificate that is given', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'xapi-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const [cert, key] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const subject = ['-subj', '/CN=127.0.0.2', '-days', '1'];
  runProgram('openssl', [...request, ...subject, '-keyout', key, '-out', cert]);
  const server = await startPool({
    tls: { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') },
  });
  expect(server.url).toMatch(/^https:/);
  const options = { url: server.url, auth: { user: 'root', password: 'xen' }, watchEvents: false };
  await expect(createClient(options).connect()).rejects.toThrow(/self-signed/);
  const xapi = createClient({ ...options, allowUnauthorized: true });
  onTestFinished(() => xapi.disconnect());
  await xapi.connect();
  expect(await xapi.call('host.get_all')).toHaveLength(2);
});

describe('every class', () => {
  test('has its getters and its records with every field, in the types of the table', async () => {
    const { client } = await pool();
    const vm = await client.makeVm('a');
    await client.call('VM.start', vm, false, false);
    await expect.poll(() => client.addresses(vm)).toHaveProperty('0/ip');
    const served = CLASS_NAMES.filter((className) => className !== 'session');
    for (const className of served) {
      const records = (await client.call(`${className}.get_all_records`)) as Record<
        string,
        Record<string, unknown>
      >;
      for (const record of Object.values(records)) {
        expect(Object.keys(record).sort(), className).toEqual(Object.keys(fieldsOf(className)).sort());
        for (const [name, { type }] of Object.entries(fieldsOf(className))) {
          expect(jsonKind(record[name]), `${className}.${name}`).toBe(
            KINDS[type.split(' ')[0] ?? ''] ?? 'string',
          );
        }
      }
    }
    expect(await client.call('VM.get_all')).toHaveLength(7);
  });

  test('lists its messages, as calls and as tasks', async () => {
    const { server } = await pool();
    const { text } = await postXml(server.url, '/', xmlCall('system.listMethods'));
    const methods = [...text.matchAll(/<value>([\w.]+)<\/value>/g)].map(([, method]) => method);
    for (const method of ['VM.get_all_records', 'Async.VM.start_on', 'task.destroy', 'event.from']) {
      expect(methods).toContain(method);
    }
    expect(methods).not.toContain('session.get_all_records');
  });
});

const KINDS: Readonly<Record<string, string>> = {
  int: 'number',
  float: 'number',
  bool: 'boolean',
  set: 'array',
  map: 'object',
};

function jsonKind(value: unknown): string {
  return Array.isArray(value) ? 'array' : typeof value;
}

describe('messages by the table', () => {
  test('find objects by uuid, by name and by expression', async () => {
    const { client } = await pool();
    const [vm = ''] = await client.refs('VM.get_by_name_label', DEBIAN);
    const uuid = await client.text('VM.get_uuid', vm);
    expect(await client.call('VM.get_by_uuid', uuid)).toBe(vm);
    expect(await codeOf(client.call('VM.get_by_uuid', 'none'))).toBe('UUID_INVALID');
    expect(await client.call('VM.get_by_name_label', 'nobody')).toEqual([]);
    const where = `field "uuid" = "${uuid}" and field "is_a_template" = "true"`;
    expect(Object.keys(await client.call('VM.get_all_records_where', where))).toEqual([vm]);
  });

  test('set what may be set, entry by entry where it is a map, and nothing else', async () => {
    const { client } = await pool();
    const [vm = ''] = await client.refs('VM.get_by_name_label', DEBIAN);
    await client.call('VM.set_name_label', vm, 'new');
    await client.call('VM.add_to_xenstore_data', vm, 'vm-data/id', '7');
    expect(await codeOf(client.call('VM.add_to_xenstore_data', vm, 'vm-data/id', '8'))).toBe(
      'MAP_DUPLICATE_KEY',
    );
    await client.call('VM.remove_from_xenstore_data', vm, 'never there');
    await client.call('VM.add_tags', vm, 'a');
    await client.call('VM.add_tags', vm, 'a');
    expect(await client.record('VM', vm)).toMatchObject({
      name_label: 'new',
      xenstore_data: { 'vm-data/id': '7' },
      tags: ['a'],
    });
    await client.call('VM.remove_tags', vm, 'a');
    expect(await client.call('VM.get_tags', vm)).toEqual([]);
    expect(await codeOf(client.call('VM.set_power_state', vm, 'Running'))).toBe('MESSAGE_METHOD_UNKNOWN');
  });

  test('refuse what has the wrong count or type', async () => {
    const { client } = await pool();
    const [vm = ''] = await client.refs('VM.get_by_name_label', DEBIAN);
    expect(await codeOf(client.call('VM.set_name_label', vm))).toBe('MESSAGE_PARAMETER_COUNT_MISMATCH');
    expect(await codeOf(client.call('VM.set_name_label', vm, 7))).toBe('FIELD_TYPE_ERROR');
    expect(await codeOf(client.call('VM.set_VCPUs_max', vm, 'two'))).toBe('FIELD_TYPE_ERROR');
    await expect(client.call('VM.fly', vm)).rejects.toEqual(
      new CallError('MESSAGE_METHOD_UNKNOWN', ['VM.fly']),
    );
    expect(await codeOf(client.call('VM.get_record', 'OpaqueRef:none'))).toBe('HANDLE_INVALID');
  });

  test('make disks and cards, each with a device of its own', async () => {
    const { client } = await pool();
    const vm = await client.makeVm('a');
    const [SR = ''] = await client.refs('SR.get_by_name_label', 'NFS virtual disk storage');
    const VDI = await client.text('VDI.create', {
      name_label: 'data',
      SR,
      virtual_size: 2 ** 30,
      type: 'user',
    });
    const vbd = {
      VM: vm,
      VDI,
      userdevice: 'autodetect',
      bootable: false,
      mode: 'RW',
      type: 'Disk',
      empty: false,
    };
    const made = await client.text('VBD.create', vbd);
    expect(await client.record('VBD', made)).toMatchObject({ userdevice: '1', device: 'xvdb' });
    expect(await codeOf(client.call('VBD.create', { ...vbd, userdevice: '0' }))).toBe(
      'DEVICE_ALREADY_EXISTS',
    );
    await client.call('VM.start', vm, false, false);
    expect(await codeOf(client.call('VDI.destroy', VDI))).toBe('VDI_IN_USE');
    expect(await codeOf(client.call('VBD.destroy', made))).toBe('OPERATION_NOT_ALLOWED');
    await client.call('VBD.unplug', made);
    await client.call('VBD.destroy', made);
    await client.call('VDI.destroy', VDI);
    const [network = ''] = await client.refs('network.get_all');
    const vif = { VM: vm, network, device: 'autodetect', MAC: '01:00:00:00:00:01' };
    expect(await codeOf(client.call('VIF.create', vif))).toBe('MAC_INVALID');
    const card = await client.text('VIF.create', { ...vif, MAC: '02:00:00:AA:00:01' });
    expect(await client.record('VIF', card)).toMatchObject({
      device: '1',
      MAC: '02:00:00:aa:00:01',
      MAC_autogenerated: false,
    });
  });
});
