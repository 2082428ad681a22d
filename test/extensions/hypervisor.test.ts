// A hypervisor is one file and one line of the catalogue: the one of docs/writing-a-hypervisor.md carries reservations from the first request
// to the last VM, and no other file knows of it.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { commentedConfig } from '../../live/config/commented-config.ts';
import { HYPERVISORS, type HypervisorCatalogue } from '../../live/hypervisors/catalogue.ts';
import { StoppedTime, startTestDaemon } from '../support/daemon.ts';
import { HOUR, SECOND } from '../support/setup.ts';
import { inMemory } from './hypervisor/in-memory.ts';

/** The one line. */
const WITH_IT: HypervisorCatalogue = [...HYPERVISORS, inMemory];

/** The one file. */
const FOLDER = new URL('hypervisor/', import.meta.url);
const [FILE = '', ...MORE_FILES] = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' });

const START = Date.parse('2026-03-02T08:00:00Z');

test('it carries a reservation from the first request to the last VM', async () => {
  const host = new StoppedTime(START);
  const { call, register, service, stop } = await startTestDaemon({
    yaml: 'cluster: { preset: openpex-2009 }\nin-memory: { operationTime: 4s }\n',
    host,
    hypervisors: WITH_IT,
  });
  onTestFinished(stop);
  const pass = (ms: number) =>
    host.moveTo(host.now() + ms, async () => void (await service.commandInstance('none', 'stop')));

  await register('alice');
  const offer = await call('alice', 'POST', '/reservations', {
    type: 'SMALL',
    duration: HOUR,
    numInstancesFixed: 1,
  });
  expect(offer.body.reply).toBe('ACCEPT');
  const path = `/reservations/${offer.body.proposal.id}`;
  const confirmed = await call('alice', 'PUT', path, { reply: 'CONFIRM' });
  expect(confirmed.body.reply).toBe('REQUEST_SUCCESS');
  await call('alice', 'PUT', `${path}/activate`);

  const instance = async () => (await call('alice', 'GET', '/instances?deleted=true')).body[0];
  // Its option holds: making it and starting it take four seconds each.
  await pass(7 * SECOND);
  expect((await instance()).status).not.toBe('RUNNING');
  await pass(2 * SECOND);
  expect((await instance()).status).toBe('RUNNING');

  const { vmID } = await instance();
  await call('alice', 'PUT', `/instances/${vmID}/stop`);
  await pass(5 * SECOND);
  expect((await instance()).status).toBe('HALTED');
  await call('alice', 'PUT', `/instances/${vmID}/start`);
  await pass(5 * SECOND);
  expect((await instance()).status).toBe('RUNNING');

  // It is stopped first.
  await call('alice', 'DELETE', `/instances/${vmID}`);
  await pass(9 * SECOND);
  expect((await instance()).status).toBe('DELETED');
  expect((await call('alice', 'GET', path)).body.status).toBe('EXPIRED');
});

test('its settings are explained in the configuration that openpex live init writes', () => {
  expect(commentedConfig(WITH_IT)).toContain(
    '# in-memory:\n  # How long each operation on a VM takes.\n  # operationTime: 2s\n',
  );
});

test('it is one file, and the one that the page shows', () => {
  expect(MORE_FILES).toEqual([]);
  const code = readFileSync(new URL(FILE, FOLDER), 'utf8');
  const page = readFileSync('docs/writing-a-hypervisor.md', 'utf8');
  // Where the page has it, it lies beside the others.
  const inItsPlace = code
    .replaceAll(`'../../../live/hypervisors/`, `'./`)
    .replaceAll(`'../../../`, `'../../`);
  expect(page).toContain(`\`\`\`ts\n${inItsPlace}\`\`\``);
  expect(page).toContain(`Save this as \`live/hypervisors/${FILE}\``);
});
