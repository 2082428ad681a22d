// Reports of a world of several providers: each provider's figures are those of a run that had its events alone.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type DomainEvent, type SimulatedProvider, simulate, type World } from '../../engine/index.ts';
import { namedInWorld } from '../../reports/facts/world-names.ts';
import type { RunDescription } from '../../reports/run-description.ts';
import { RunReport } from '../../reports/run-report.ts';
import type { Summary } from '../../reports/summary.ts';
import { renderTerminalSummary } from '../../reports/terminal/terminal-summary.ts';
import { HOUR, MINUTE, node, policy, provider, QUIET_USERS, request, SECOND } from '../support/setup.ts';
import { EXAMPLE_OUTCOME, EXAMPLE_RUN } from './example-run.ts';

const RUN: RunDescription = { ...EXAMPLE_RUN, startMs: 0, warmUpEndMs: 12 * HOUR };

/** Two that refuse what they cannot have as asked, and one that offers a later start. */
function market(): SimulatedProvider[] {
  const { policies } = provider();
  const none = { ...policies, counterOffer: policy('counter-offer', 'none') };
  return [
    provider({
      name: 'near',
      policies: none,
      cluster: { nodes: [node('n1'), node('n2')], sharedDiskGib: 90 },
    }),
    provider({ name: 'middle', policies: none, faults: { ...provider().faults, nodeMtbfMs: 9 * HOUR } }),
    provider({ name: 'far', cluster: { nodes: [node('n1', 8), node('x', 8)] } }),
  ];
}

async function run(providers: SimulatedProvider[], more: Partial<World> = {}) {
  const events: DomainEvent[] = [];
  const requests = Array.from({ length: 150 }, (_, i) =>
    request({
      submitMs: i * 17 * MINUTE,
      startMs: (i * 17 + 60) * MINUTE,
      numInstancesFixed: 1 + (i % 6),
      durationMs: (1 + (i % 4)) * HOUR,
    }),
  );
  await simulate(
    {
      seed: 3,
      startMs: 0,
      endMs: 50 * HOUR,
      providers,
      incidents: [],
      users: QUIET_USERS,
      requests,
      ...more,
    },
    { onEvent: (event) => events.push(event) },
  );
  return events;
}

function summaryOf(events: readonly DomainEvent[], severalProviders: boolean): Summary {
  const report = RunReport.open({ run: { ...RUN, severalProviders } });
  for (const event of events) report.record(event);
  return report.finish({ ...EXAMPLE_OUTCOME, virtualMs: 50 * HOUR }).summary;
}

/** Of what users asked for, told by the number of the request, whoever agreed. */
function shareOfRequestsAgreed(events: readonly DomainEvent[]): number {
  const requestOf = new Map<string, string>();
  const agreed = new Set<string>();
  for (const event of events) {
    if (event.type === 'reservation-initiated') requestOf.set(event.reservationId, event.origin!.requestId);
    if (event.type === 'reservation-confirmed') agreed.add(requestOf.get(event.reservationId)!);
  }
  return agreed.size / new Set(requestOf.values()).size;
}

/** Sessions of the measured time, less one for each request of a user: an oracle that remembers every request. */
function passedOn(events: readonly DomainEvent[]): number {
  const asked = new Set<string>();
  let count = 0;
  for (const event of events) {
    if (event.type !== 'reservation-initiated') continue;
    const { requestId } = event.origin!;
    if (asked.has(requestId) && event.atMs >= RUN.warmUpEndMs) count += 1;
    asked.add(requestId);
  }
  return count;
}

test('each provider has the figures of its own events, and the whole adds them up', async () => {
  const events = await run(market());
  const summary = summaryOf(events, true);
  expect(Object.keys(summary.providers!)).toEqual(['near', 'middle', 'far']);
  for (const [name, measures] of Object.entries(summary.providers!)) {
    const alone = summaryOf(
      events.filter((event) => event.provider === name),
      false,
    );
    expect(alone.requests).toBeGreaterThan(0);
    expect(alone).toMatchObject(measures);
  }
  const sum = (of: (measures: Pick<Summary, 'requests' | 'accepted' | 'rejected' | 'nodes'>) => number) =>
    Object.values(summary.providers!).reduce((total, measures) => total + of(measures), 0);
  for (const of of [
    (s: Pick<Summary, 'requests'>) => s.requests,
    (s: Pick<Summary, 'accepted'>) => s.accepted,
    (s: Pick<Summary, 'rejected'>) => s.rejected,
    (s: Pick<Summary, 'nodes'>) => s.nodes,
  ]) {
    expect(sum(of)).toBe(of(summary));
  }
  expect(summary.passedOn).toBe(passedOn(events));
  expect(summary.passedOn).toBeGreaterThan(20);
  expect(summary.userAcceptanceRatio).toBeCloseTo(shareOfRequestsAgreed(events), 6);
  expect(summary.userAcceptanceRatio).toBeGreaterThan(summary.acceptanceRatio!);
});

test('a request that is passed on by a user who thought for too long is known as such', async () => {
  const users = { ...QUIET_USERS, thinkTime: { minMs: 9 * MINUTE, maxMs: 12 * MINUTE + SECOND } };
  const events = await run(market().toReversed(), { users });
  const summary = summaryOf(events, true);
  expect(summary.expired).toBeGreaterThan(10);
  expect(summary.passedOn).toBe(passedOn(events));
  expect(summary.passedOn).toBeGreaterThan(10);
});

test('nothing of it is said where there is one provider', async () => {
  const events = await run([provider()]);
  const summary = summaryOf(events, false);
  expect(Object.keys(summary)).not.toContain('passedOn');
  expect(summary.userAcceptanceRatio).toBe(summary.acceptanceRatio);
  expect(Object.keys(summary)).not.toContain('providers');
  expect(renderTerminalSummary(summary, { colour: false })).not.toContain('Providers');
});

test('the page and the terminal have them side by side', async () => {
  const directory = join(mkdtempSync(join(tmpdir(), 'openpex-providers-')), 'run');
  onTestFinished(() => rmSync(join(directory, '..'), { recursive: true }));
  const report = RunReport.open({
    run: { ...RUN, severalProviders: true },
    output: { directory, scenarioYaml: '' },
  });
  for (const event of await run(market())) report.record(event);
  const { summary } = report.finish({ ...EXAMPLE_OUTCOME, virtualMs: 50 * HOUR });
  const { far, middle, near } = summary.providers!;

  const page = readFileSync(join(directory, 'report.html'), 'utf8');
  expect(page).toContain('<a href="#providers">Providers</a>');
  const part = page.slice(
    page.indexOf('<section id="providers">'),
    page.indexOf('<section id="negotiation">'),
  );
  const [, row] = /<tr><th scope="row"[^>]*>Requests<\/th>(.*?)<\/tr>/.exec(part)!;
  const cells = Array.from(row!.matchAll(/<td class="n">(.*?)<\/td>/g), ([, cell]) => cell);
  const requests = [near, middle, far, summary].map((measures) => String(measures!.requests));
  expect(cells).toEqual(requests);
  const users = summary.requests - summary.passedOn!;
  expect(part).toContain(`Users made ${users} requests; ${summary.accepted} (`);
  expect(JSON.parse(readFileSync(join(directory, 'summary.json'), 'utf8'))).toEqual(summary);

  const terminal = renderTerminalSummary(summary, { colour: false });
  expect(terminal).toMatch(/\nProviders +near +middle +far\n/);
  expect(terminal).toMatch(new RegExp(`\n {2}Requests +${requests.slice(0, 3).join(' +')}\n`));
  expect(terminal).toContain(`\n  ${users} requests of users, ${summary.passedOn} passed on`);
});

test('what changed its nodes, and what a node receives, is told of the nodes of its provider', async () => {
  const events = await run(market(), { users: { ...QUIET_USERS, extend: 1 } });
  expect(events.filter(({ type }) => type === 'reservation-changed').length).toBeGreaterThan(10);
  const ofNear = events.filter((event) => event.provider === 'near');
  expect(summaryOf(ofNear, false)).toMatchObject(summaryOf(events, true).providers!['near']!);
  const sent = { type: 'image-transfer-begun', image: 'etch', nodeIds: ['n1', 'x'], untilMs: 7 } as const;
  expect(namedInWorld({ ...sent, seq: 1, atMs: 0, provider: 'far' })).toMatchObject({
    nodeIds: ['far/n1', 'far/x'],
  });
});
