// What is sent to a host means what it says there, and what hosts answer is read as it is.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { guestConfig, macOf } from '../../../../live/hypervisors/xl/guest-config.ts';
import { parseDomains, parseLook } from '../../../../live/hypervisors/xl/look.ts';
import { seedImage } from '../../../../live/hypervisors/xl/seed-image.ts';
import { commandLine } from '../../../../live/hypervisors/xl/shell-words.ts';
import { parseRecord, recordText } from '../../../../live/hypervisors/xl/vm-record.ts';
import { problemsOfSection, XlSection, xlSettings } from '../../../../live/hypervisors/xl/xl-section.ts';
import { USUAL_PACE } from '../../../../live/hypervisors/xl/xl-settings.ts';
import { complete, findProblems } from '../../../../written/written-value.ts';
import { runProgram } from '../../../support/child-process.ts';
import { runs } from '../../../support/fast-check.ts';
import { spec } from './hosts-under-test.ts';

/** All that a shell gives a meaning to, and ordinary text. */
const words = fc.array(
  fc.oneof(
    fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '')),
    fc.string({
      unit: fc.constantFrom("'", '"', '\\', '$', '`', '\n', ';', '&', '|', '*', ' ', '!', '-', '#', '~', 'a'),
    }),
  ),
  { maxLength: 6 },
);

test('a shell hands on every word as it was, whatever is in it', () => {
  fc.assert(
    fc.property(words, (args) => {
      const script = 'for word in "$@"; do printf "%s\\0" "$word"; done';
      const { stdout } = runProgram('sh', ['-c', commandLine(['sh', '-c', script, 'sh', ...args])]);
      expect(stdout).toBe(args.map((word) => `${word}\0`).join(''));
    }),
    { numRuns: runs(60) },
  );
});

test('a word cannot hold what no shell could', () => {
  expect(() => commandLine(['a\0b'])).toThrow(RangeError);
});

describe('xl list -v', () => {
  const HEAD =
    'Name                                        ID   Mem VCPUs\tState\tTime(s)   UUID                            Reason-Code\tSecurity Label';
  const DOM0 =
    'Domain-0                                     0   448     1     r-----      35.6 00000000-0000-0000-0000-000000000000        -                -';
  const UUID = '00000000-0000-4000-8000-000000000001';
  const row = (letters: string, reason = '-', name = 't1') =>
    `${name.padEnd(44)} 1   112     1     ${letters}       3.5 ${UUID}        ${reason}                -`;

  test.each([
    ['------', '-', { isPaused: false, isShutdown: false, reason: undefined }],
    ['-b----', '-', { isPaused: false, isShutdown: false }],
    ['--p---', '-', { isPaused: true, isShutdown: false }],
    ['---s--', '0', { isShutdown: true, reason: 'poweroff' }],
    ['---s--', '1', { isShutdown: true, reason: 'reboot' }],
    ['---ss-', '2', { isShutdown: true, reason: 'suspend' }],
    ['---sc-', '3', { isShutdown: true, reason: 'crash' }],
    ['--p--d', '-', { isDying: true }],
  ])('says by %s and %s what a domain is', (letters, reason, meaning) => {
    expect(parseDomains([HEAD, DOM0, row(letters, reason)])[1]).toMatchObject(meaning);
  });

  test('is read past names with blanks, numbers and brackets, and lines that are no domain', () => {
    const names = ['a b  7', '(null)', '42 1 512 2', '--incoming'];
    const lines = [
      HEAD,
      'libxl: warning: something else',
      DOM0,
      ...names.map((name) => row('-b----', '-', name)),
    ];
    expect(parseDomains(lines).map(({ name }) => name)).toEqual(['Domain-0', ...names]);
    expect(
      parseDomains(lines)
        .slice(1)
        .every(({ id, uuid }) => id === 1 && uuid === UUID),
    ).toBe(true);
  });

  test('is no answer when it is cut off anywhere', () => {
    const record = recordText({ owner: 'me', vm: spec(1), mac: null });
    const whole = [
      'openpex-look 1',
      'uptime 45.7',
      'list 0',
      HEAD,
      DOM0,
      row('-b----'),
      'end of list',
      'store me',
      `home ${spec(1).vmId}|image|-|-|ran|xen1,xen2|${record}`,
      'job x',
      'openpex-end',
      '',
    ].join('\n');
    const look = parseLook('xen1', whole);
    expect(look).toMatchObject({ storeOwner: 'me', uptimeS: 45.7 });
    expect(look.homes.get(spec(1).vmId)).toMatchObject({
      hasImage: true,
      hasRun: true,
      isBuilding: false,
      at: ['xen1', 'xen2'],
      record: { vm: spec(1) },
    });
    fc.assert(
      fc.property(fc.nat(whole.length - 2), (length) => {
        expect(() => parseLook('xen1', whole.slice(0, length))).toThrow(/no answer that can be used/);
      }),
    );
    expect(() => parseLook('xen1', whole.replace('list 0', 'list 124'))).toThrow(/xl list failed/);
    expect(() => parseLook('xen1', whole.replace('Domain-0', 'Domain-1'))).toThrow(/no Domain-0/);
  });
});

test('a record comes back as it was, and one of another VM is nobody’s', () => {
  const record = { owner: '0badcafe', vm: spec(1, { template: 'a | b\n"c"' }), mac: '00:16:3e:00:00:01' };
  expect(recordText(record)).not.toContain('\n');
  expect(parseRecord(spec(1).vmId, recordText(record))).toEqual(record);
  expect(parseRecord(spec(2).vmId, recordText(record)).owner).toBe('');
  expect(parseRecord(spec(1).vmId, '{"owner":').owner).toBe('');
});

const settingsOf = (section: object) =>
  xlSettings(complete(XlSection, { hosts: 'root@xen1', ...section }) as XlSection, USUAL_PACE);

test('the configuration of a guest says what it is made of', () => {
  const settings = settingsOf({
    bridge: 'xenbr0',
    templates: [
      {
        name: 'Debian',
        type: 'pvh',
        kernel: '/boot/k',
        ramdisk: '/boot/r',
        commandLine: 'root=/dev/xvda1 ro',
        image: '/images/d.raw',
        cloudInit: {},
      },
    ],
  });
  const { vmId } = spec(1);
  const mac = macOf(vmId);
  expect(guestConfig(spec(1), settings.templates[0]!, mac, settings)).toBe(`name = "openpex-${vmId}"
uuid = "${vmId}"
type = "pvh"
kernel = "/boot/k"
ramdisk = "/boot/r"
cmdline = "root=/dev/xvda1 ro"
memory = 768
maxmem = 768
vcpus = 1
disk = [ "format=raw,vdev=xvda,access=rw,target=/var/lib/openpex/vms/${vmId}/disk.img", "format=raw,vdev=xvdb,access=ro,target=/var/lib/openpex/vms/${vmId}/seed.iso" ]
vif = [ "mac=${mac},bridge=xenbr0" ]
on_poweroff = "preserve"
on_reboot = "restart"
on_crash = "preserve"
on_watchdog = "preserve"
`);
});

test('a seed is an image called cidata with the two files that cloud-init reads', () => {
  const image = seedImage('the-id', 'the-name', {
    sshKeys: ['ssh-ed25519 AAAA me'],
    userData: '#cloud-config\nhostname: x\n',
  });
  expect(image.toString('latin1', 16 * 2048 + 40, 16 * 2048 + 46)).toBe('cidata');
  const text = image.toString('latin1');
  for (const part of [
    'META-DATA.;1',
    'USER-DATA.;1',
    'instance-id: the-id',
    'local-hostname: the-name',
    'hostname: x',
  ])
    expect(text).toContain(part);
  expect(image.length % 2048).toBe(0);
});

test.each([
  [{ hosts: [] }, 'hosts'],
  [{ hosts: '-oProxyCommand=evil' }, 'hosts'],
  [{ hosts: 'root@xen1; reboot' }, 'hosts'],
  [{ hosts: ['root@xen1', 'admin@xen1'] }, 'different names'],
  [{ directory: 'relative' }, 'absolute path'],
  [{ directory: '/with blank' }, 'absolute path'],
  [{ storage: { kind: 'shared' } }, '`directory`'],
  [{ storage: { kind: 'lvm' } }, '`volumeGroup`'],
  [{ resetLostVms: true }, 'resetLostVms'],
  [{ console: 'https://gateway.example/{vm}' }, 'console: expected the placeholders'],
  [{ templates: [{ name: 'a' }] }, 'nothing to boot from'],
  [
    {
      templates: [
        { name: 'a', kernel: '/k' },
        { name: 'a', kernel: '/k' },
      ],
    },
    'names that differ',
  ],
  [{ templates: [{ name: 'a', kernel: '/k', commandLine: 'a"b' }] }, 'without quotes'],
  [{ templates: [{ name: 'a', kernel: '/k"x' }] }, 'absolute path'],
  [{ templates: [{ name: 'a', kernel: '/k', bootloader: 'pygrub', image: '/i' }] }, 'boot loader'],
  [{ templates: [{ name: 'a', type: 'hvm', image: 'i' }] }, 'absolute path'],
])('settings that cannot be meant are told: %j', (section, message) => {
  const completed = complete(XlSection, { hosts: 'root@xen1', ...section });
  const found = findProblems(XlSection, completed);
  const problems = found.length > 0 ? found : problemsOfSection(completed as XlSection);
  expect(problems.map((problem) => `${problem.path.join('.')}: ${problem.message}`).join('\n')).toContain(
    message,
  );
});
