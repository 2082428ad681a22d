// A second client, written by others in another language: XenAPI.py, over XML-RPC.
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Program, succeeds } from '../support/child-process.ts';
import { DEBIAN, startPool } from './pool-client.ts';

const SCRIPT = fileURLToPath(new URL('./python-client.py', import.meta.url));

/** The interpreter that has the package: Debian's own, unless the one in the path does. */
const PYTHON = ['python3', '/usr/bin/python3'].find((python) =>
  succeeds(python, '-c', 'import os_xenapi.client.XenAPI'),
);

if (PYTHON === undefined) console.warn('python3-os-xenapi is not installed: the second client is left out.');

test.skipIf(PYTHON === undefined && process.env['CI'] === undefined)(
  'XenAPI.py lists hosts and templates, and starts and stops a VM',
  async () => {
    if (PYTHON === undefined) throw new Error('CI needs the package python3-os-xenapi');
    const server = await startPool();
    const before = server.inventory();
    const { stdout, stderr } = await new Program(PYTHON, [SCRIPT, server.url, DEBIAN]).finished();
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      api: '2.21',
      hosts: ['xen1', 'xen2'],
      templates: [
        'Other install media',
        'PEX Debian Etch 4.0 Template',
        'PEX Debian Sarge 3.1 Template',
        'PEX Windows XP SP2 Template',
      ],
      name: 'from Python: <&> "é"',
      memory: String(2 ** 29),
      started: 'Running',
      failure: 'VM_BAD_POWER_STATE',
      task: 'success',
      stopped: 'Halted',
    });
    const { counts: _before, ...objects } = before;
    expect(server.inventory()).toMatchObject(objects);
  },
);
