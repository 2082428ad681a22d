// The same life on real Xen. Without two hosts that are up there is nothing to try.
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseDomains } from '../../live/hypervisors/xl/look.ts';
import { liveALife, type Site } from '../live/hypervisors/xl/life-story.ts';
import { openpex, temporaryFolder } from '../support/command-line.ts';
import { HOSTS, on, power, SECTION, WHERE } from './hosts.ts';

/** Which parts of the story: a regular expression. Default: all. */
const CHAPTERS = new RegExp(process.env['OPENPEX_XEN_CHAPTERS'] ?? '');
/** By which all is to be over, in seconds since 1970. Default: there is no hurry. */
const UNTIL_MS = Number(process.env['OPENPEX_XEN_UNTIL'] ?? Number.POSITIVE_INFINITY) * 1000;
/** The first chapter on a machine that has nothing else to do. */
const CHAPTER_MS = 60_000;

/**
 * Whether a chapter that begins now is over in time, and what comes after the last one as well. Machines differ by more than chapters do, of which the
 * first, with two VMs, is one of the longest: so the longest so far tells how long the next one takes. The end takes a third of that.
 */
function whileThereIsTime(): () => boolean {
  let longestMs = CHAPTER_MS;
  let begunMs = Date.now();
  return () => {
    const nowMs = Date.now();
    longestMs = Math.max(longestMs, nowMs - begunMs);
    begunMs = nowMs;
    return nowMs + 2 * longestMs <= UNTIL_MS;
  };
}

const domains = async (host: string) =>
  parseDomains((await on(host, 'xl list -v')).split('\n')).filter(({ id }) => id !== 0);

const site: Site = {
  section: SECTION,
  env: {},
  domains,
  endGuest: async (host, uuid, reason) => {
    const domain = (await domains(host)).find((each) => each.uuid === uuid);
    await on(host, reason === 'crash' ? `xl sysrq ${domain?.id} c` : `xl shutdown ${domain?.id}`);
  },
  powerOff: (host) => power('off', host),
  powerOn: (host) => power('on', host),
  leftovers: async () => {
    const command = 'cd /srv/openpex && find . -type f; ls /var/lib/openpex/jobs 2>/dev/null; losetup -a';
    const left = await Promise.all(HOSTS.map((host) => on(host, command)));
    // The mark of the store stays for the next daemon.
    return left.flatMap((text) => text.split('\n')).filter((line) => line !== '' && line !== './vms/owner');
  },
  note: (line) => appendFileSync(join(WHERE ?? '', 'run', 'laps'), `${line}\n`),
  patienceMs: 300_000,
  killAfterMs: {
    create: [1500, 4000],
    start: [1500],
    suspend: [1500, 4000],
    resume: [1500],
    migrate: [8000],
    stop: [800],
    destroy: [400, 1500],
  },
};

test.skipIf(WHERE === undefined)('a real Xen host is fit, says the doctor', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'openpex.yaml'), JSON.stringify({ xl: SECTION }));
  const { code, stdout } = openpex(['xl', 'doctor', '--config', 'openpex.yaml'], folder);
  expect(stdout).toContain('xen1: Xen 4.17');
  expect(stdout).toContain('xen1: VMs can be moved to xen2');
  expect(stdout).not.toMatch(/^problem/m);
  expect(code).toBe(0);
});

test.skipIf(WHERE === undefined)(
  'reservations live on real Xen hosts from the first request to the last VM',
  // No second try: the hosts have what the first one left, and chapters for which there is no time then would not fail.
  { timeout: 3_000_000, retry: 0 },
  async () => {
    const isTime = whileThereIsTime();
    const laps = await liveALife(site, temporaryFolder(), (name) => isTime() && CHAPTERS.test(name));
    console.log(laps.join('\n'));
  },
);
