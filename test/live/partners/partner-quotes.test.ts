// What users are told of other services, and sold of them: with a second one that really serves, one that never answers, one that does not know us, and something else.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { negotiate, OpenPexClient } from '../../../live/client/index.ts';
import { PartnerAccount } from '../../../live/partners/partner-account.ts';
import { PartnerQuotes } from '../../../live/partners/partner-quotes.ts';
import { PASSWORD, startTestDaemon, type TestDaemon } from '../../support/daemon.ts';

const HOUR = 3_600_000;
const START = new Date(Date.now() + 100 * HOUR).toISOString();
const ASKED = {
  type: 'XLARGE',
  numInstancesFixed: 2,
  numInstancesOption: 0,
  duration: HOUR,
  startTime: START,
};

const node = (count: number) =>
  `cluster: { nodes: [{ group: node, count: ${count}, cpus: 4, memoryMib: 16384, diskGib: 1000 }] }`;
const priced = (count: number, cpuHour: number) =>
  `${node(count)}\npolicies: { pricing: { name: flat, options: { cpuHour: ${cpuHour} } } }\n`;

let home: TestDaemon;
let dear: TestDaemon;
let cheap: TestDaemon;
let small: TestDaemon;
let silent: Server;
let other: Server;
/** When the last of them answers, and who is told that it was asked. */
let gate = Promise.resolve();
let heard = () => {};
let ada: OpenPexClient;
let dearAda: OpenPexClient;

const listening = (server: Server) =>
  new Promise<string>((resolve) => {
    server.listen(0, '127.0.0.1', () =>
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    );
  });

/** A service with somebody who may look at it: their token. */
async function tokenAt(daemon: TestDaemon): Promise<string> {
  await daemon.register('ada');
  return tokenOf(daemon, 'read');
}

async function tokenOf(daemon: TestDaemon, scope: 'read' | 'use'): Promise<string> {
  return (await daemon.call('ada', 'POST', '/account/tokens', { name: scope, scope })).body.token;
}

beforeAll(async () => {
  [dear, cheap, small] = await Promise.all([
    startTestDaemon({ yaml: priced(4, 0.3) }),
    startTestDaemon({ yaml: priced(4, 0.1) }),
    startTestDaemon({ yaml: priced(1, 0.1) }),
  ]);
  silent = createServer(() => undefined);
  other = createServer((_request, response) => {
    heard();
    void gate.then(() => response.setHeader('content-type', 'application/json').end('{"hello": "world"}'));
  });
  const partners = [
    { name: 'silent', url: await listening(silent), token: 'x', timeout: '100ms' },
    { name: 'something else', url: await listening(other), token: 'x', timeout: '15s' },
    { name: 'stranger', url: dear.url, token: 'unknown' },
    { name: 'small', url: small.url, token: await tokenAt(small) },
    { name: 'dear', url: `${dear.url}/`, token: await tokenAt(dear) },
    { name: 'cheap', url: cheap.url, token: await tokenAt(cheap) },
  ];
  home = await startTestDaemon({ yaml: `${node(1)}\npartners: ${JSON.stringify(partners)}\n` });
  await home.register('ada');
  ada = new OpenPexClient({ url: home.url, user: { name: 'ada', password: PASSWORD } });
  dearAda = new OpenPexClient({ url: dear.url, user: { name: 'ada', password: PASSWORD } });
});
afterAll(async () => {
  await Promise.all([home, dear, cheap, small].map((daemon) => daemon?.stop()));
  for (const server of [silent, other]) {
    server?.closeAllConnections();
    server?.close();
  }
});

test('what others have is told, the cheapest first, and why who does not answer does not', async () => {
  expect(await ada.call('quote', { body: ASKED })).toMatchObject({ reply: 'REJECT', reason: 'never-fits' });
  const quotes = await ada.call('quotePartners', {
    body: { ...ASKED, template: 'only at home', maxPriceMicros: 1 },
  });
  expect(
    quotes.map(({ name, quote, trouble }) => [
      name,
      quote?.reply ?? trouble,
      quote?.priceMicros ?? quote?.reason,
    ]),
  ).toEqual([
    ['cheap', 'ACCEPT', 800_000],
    ['dear', 'ACCEPT', 2_400_000],
    ['small', 'REJECT', 'never-fits'],
    ['silent', 'There was no answer within 0.1 s.', undefined],
    ['something else', 'What it answers is no quote: is it an OpenPEX service?', undefined],
    ['stranger', expect.stringMatching(/^It refuses to answer: /), undefined],
  ]);
  expect(quotes[0]).toMatchObject({
    url: cheap.url,
    quote: { proposal: { numInstancesFixed: 2, startTimeMs: Date.parse(START), duration: HOUR } },
  });
  // Nothing is held anywhere.
  expect(await dearAda.call('listReservations')).toEqual([]);
});

test('a service that does not answer is waited for by nobody but who asked for it', async () => {
  const asked = new Promise<void>((resolve) => {
    heard = resolve;
  });
  let answer = () => {};
  gate = new Promise((resolve) => {
    answer = resolve;
  });
  const quotes = ada.call('quotePartners', { body: ASKED });
  await asked;
  expect(await negotiate(ada, { ...ASKED, numInstancesFixed: 1 })).toMatchObject({ kind: 'booked' });
  answer();
  expect(await quotes).toHaveLength(6);
});

test('a service without partners says that there are none', async () => {
  expect(await dearAda.call('quotePartners', { body: ASKED })).toEqual([]);
});

test('what is paid at most stays with its user, for second choices too', async () => {
  const bodies: string[] = [];
  const listener = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      bodies.push(body);
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  const url = await listening(listener);
  const settings = { name: 'curious', url, token: 'x', timeoutMs: 15_000, lookEveryMs: 30_000, giveUpMs: 0 };
  const partners = new PartnerQuotes([new PartnerAccount(settings)]);
  const otherwise = [{ startTime: START, maxPriceMicros: 5_000_000 }, { maxPriceMicros: 4_000_000 }];
  await partners.ask({ ...ASKED, maxPriceMicros: 6_000_000, otherwise });
  listener.close();
  expect(bodies.map((body) => JSON.parse(body))).toEqual([{ ...ASKED, otherwise: [{ startTime: START }] }]);
});

test('what a partner sells is sold on over the network, and taken back after a restart', async () => {
  const partners = [{ name: 'cheap', url: cheap.url, token: await tokenOf(cheap, 'use'), timeout: '15s' }];
  const yaml = `${priced(1, 0.3)}partners: ${JSON.stringify(partners)}\noutsourcing: { partners: [cheap] }\n`;
  let reseller = await startTestDaemon({ yaml });
  try {
    await reseller.register('bob');
    const bob = new OpenPexClient({ url: reseller.url, user: { name: 'bob', password: PASSWORD } });
    const agreed = await negotiate(bob, ASKED);
    expect(agreed).toMatchObject({
      kind: 'booked',
      reservation: { status: 'CONFIRMED', partner: 'cheap', priceMicros: 2_400_000 },
    });
    const theirs = async () => (await cheap.call('ada', 'GET', '/reservations')).body[0];
    expect(await theirs()).toMatchObject({ status: 'CONFIRMED', priceMicros: 800_000 });
    const { folder } = reseller;
    await reseller.pause();
    reseller = await startTestDaemon({ yaml, folder });
    const [{ id }] = (await reseller.call('bob', 'GET', '/reservations')).body;
    await reseller.call('bob', 'DELETE', `/reservations/${id}`);
    await reseller.told();
    expect(await theirs()).toMatchObject({ status: 'CANCELLED' });
  } finally {
    await reseller.stop();
  }
});

test('a site that is asked for is one of the partner, of the same name', async () => {
  const campus = await startTestDaemon({
    yaml: 'cluster: { nodes: [{ group: north, count: 1, cpus: 4, memoryMib: 16384, diskGib: 1000, site: north }, { group: south, count: 1, cpus: 2, memoryMib: 16384, diskGib: 1000, site: south }] }\n',
  });
  try {
    const settingsOf = (name: string, url: string, token: string) =>
      new PartnerAccount({ name, url, token, timeoutMs: 15_000, lookEveryMs: 30_000, giveUpMs: 0 });
    const partners = new PartnerQuotes([
      settingsOf('campus', campus.url, await tokenAt(campus)),
      settingsOf('cheap', cheap.url, await tokenOf(cheap, 'read')),
    ]);
    const answers = async (sites: string[]) =>
      (await partners.ask({ ...ASKED, numInstancesFixed: 1, sites })).map(({ name, quote, trouble }) => [
        name,
        trouble ?? quote?.reply,
        quote?.proposal?.site,
      ]);
    expect(await answers(['hill', 'north'])).toEqual([
      ['campus', 'ACCEPT', 'north'],
      ['cheap', 'It has no site hill or north.', undefined],
    ]);
    // It has too few CPUs for one.
    expect((await answers(['south']))[0]).toEqual(['campus', 'REJECT', undefined]);
  } finally {
    await campus.stop();
  }
});
