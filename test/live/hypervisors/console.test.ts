// The address of a gateway for consoles, as operators write it, and as users get it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { loadConfig } from '../../../live/config/load-config.ts';
import { consoleOf, problemOfConsole } from '../../../live/hypervisors/console.ts';

const VM = { vmId: 'a-1', vmUuid: 'b-2', node: 'xen1' };

test.each([
  ['https://gateway.example/console/{vmUuid}', 'https://gateway.example/console/b-2'],
  // Xen Orchestra.
  ['https://xo.example/#/vms/{vmUuid}/console', 'https://xo.example/#/vms/b-2/console'],
  ['http://10.0.0.2:8080?on={node}&vm={vmId}', 'http://10.0.0.2:8080?on=xen1&vm=a-1'],
])('%s is filled in', (written, expected) => {
  expect(problemOfConsole(written)).toBe(undefined);
  expect(consoleOf(written, VM)).toBe(expected);
});

test.each([
  ['https://gateway.example/{vmUuidd}', '(did you mean "vmUuid"?)'],
  ['https://gateway.example/{}/{vmId}', 'found "{}" (known: vmId, vmUuid, node)'],
  ['https://gateway.example/{vmId', 'braces only around'],
  ['https://gateway.example/{{vmId}}', 'braces only around'],
  ['gateway.example/{vmId}', 'an address such as'],
  ['javascript:open("{vmId}")', 'an address such as'],
  ['ftp://gateway.example/{vmId}', 'an address such as'],
  ['https://gateway.example/the console/{vmId}', 'an address such as'],
  ['https://user:secret@gateway.example/{vmId}', 'no user and password'],
  ['https://{node}.example/{vmId}', 'only after https:// and the host'],
  ['https://{vmId}', 'only after https:// and the host'],
  ['https:///{vmId}', 'only after https:// and the host'],
  ['https:{vmId}', 'only after https:// and the host'],
  ['https://gateway.example/console', 'differs from that of another'],
  ['https://gateway.example/{node}', 'differs from that of another'],
])('%s is refused', (written, message) => {
  expect(problemOfConsole(written)).toContain(message);
});

test('whatever a VM or a node is called, the address leads to the gateway and says it there', () => {
  const written = 'https://gateway.example:8443/vms/?vm={vmUuid}&node={node}#{vmId}';
  const text = fc.string({ unit: 'grapheme', minLength: 1 });
  fc.assert(
    fc.property(text, text, text, (vmId, vmUuid, node) => {
      const url = new URL(consoleOf(written, { vmId, vmUuid, node })!);
      expect(url.origin + url.pathname).toBe('https://gateway.example:8443/vms/');
      expect([...url.searchParams]).toEqual([
        ['vm', vmUuid],
        ['node', node],
      ]);
      expect(decodeURIComponent(url.hash.slice(1))).toBe(vmId);
    }),
  );
});

test('what is not up, or not known to the hypervisor, has none', () => {
  const written = 'https://gateway.example/{vmId}';
  expect(consoleOf(undefined, VM)).toBe(null);
  expect(consoleOf(written, { ...VM, node: undefined })).toBe(null);
  expect(consoleOf(written, { ...VM, vmUuid: undefined })).toBe(null);
});

test.each([
  'xen: { url: "http://127.0.0.1:1", password: x,',
  'xl: { hosts: root@xen1, templates: [{ name: a, kernel: /k }],',
])('a wrong one is told with its place before anything is visited: %s', async (section) => {
  const folder = mkdtempSync(join(tmpdir(), 'openpex-console-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'pex.yaml');
  writeFileSync(file, `name: lab\n${section}\n  console: "https://gateway.example/{uuid}" }\n`);
  await expect(loadConfig(file, {}, {})).rejects.toThrow(
    /pex\.yaml:3:\d+: (xen|xl)\.console: expected the placeholders \{vmId\}, \{vmUuid\} and \{node\}, found "\{uuid\}"/,
  );
});
