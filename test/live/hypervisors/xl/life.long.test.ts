// The life of reservations on hosts without Xen, through the program as it ships, at its usual pace.
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../support/command-line.ts';
import { FakeXen } from './fake-xen.ts';
import { SHARED } from './hosts-under-test.ts';
import { liveALife, type Site } from './life-story.ts';

test('reservations live on Xen hosts from the first request to the last VM', {
  timeout: 600_000,
}, async () => {
  const xen = new FakeXen();
  for (const host of ['xen1', 'xen2']) xen.set(host, 'slow', '300');
  const site: Site = {
    section: {
      ...SHARED,
      hosts: ['root@xen1', 'root@xen2'],
      directory: '/xen-host/openpex',
      stopGrace: '20s',
      lostAfter: '5s',
      templates: [
        {
          name: 'Counting',
          type: 'pv',
          kernel: '/xen-host/boot/vmlinuz',
          image: '/xen-host/boot/debian.img',
        },
      ],
    },
    env: { PATH: `${join(xen.root, 'bin')}${delimiter}${process.env['PATH']}` },
    domains: async (host) => xen.domains(host),
    endGuest: async (host, uuid, reason) => xen.end(host, uuid, reason),
    powerOff: async (host) => xen.powerOff(host),
    powerOn: async (host) => xen.clear(host, 'off'),
    leftovers: async () => xen.files('shared'),
    patienceMs: 60_000,
    killAfterMs: {
      create: [150, 700],
      start: [150],
      suspend: [300, 700],
      resume: [300],
      migrate: [300, 600],
      stop: [250],
      destroy: [150],
    },
  };
  const laps = await liveALife(site, temporaryFolder());
  expect(laps.length).toBeGreaterThan(40);
});
