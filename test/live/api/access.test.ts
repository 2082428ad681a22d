// Walks over every route that the app has: a route that is added without an example here fails.
import type { InjectOptions } from 'fastify';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Access } from '../../../live/api/authentication.ts';
import { FIGURE_4_1, run, type Testbed, testbed } from './testbed.ts';

interface Ids {
  readonly reservationId: string;
  readonly vmId: string;
  readonly projectId: number;
  readonly serviceId: string;
  /** Opens a calendar feed, which says by itself whose it is. */
  readonly calendarToken: string;
}

interface Example {
  readonly access: Access;
  /** Of something that belongs to Alice, where it belongs to anybody. */
  readonly path?: (ids: Ids) => string;
  readonly payload?: object;
}

const span = '?from=2009-08-17T00:00:00Z&to=2009-08-18T00:00:00Z';
const ofReservation =
  (rest = '') =>
  (ids: { readonly reservationId: string }) =>
    `/OpenPEX/reservations/${ids.reservationId}${rest}`;
const ofInstance =
  (rest = '') =>
  (ids: { readonly vmId: string }) =>
    `/OpenPEX/instances/${ids.vmId}${rest}`;
const ofProject =
  (rest = '') =>
  (ids: { readonly projectId: number }) =>
    `/OpenPEX/projects/${ids.projectId}${rest}`;
const ofService =
  (rest = '') =>
  (ids: { readonly serviceId: string }) =>
    `/OpenPEX/services/${ids.serviceId}${rest}`;
const at = (path: string) => () => path;
/** Of a service that needs nothing to begin with. */
const MANIFEST = 'service: shop\ncomponents: { web: { size: SMALL, min: 0 } }\nmetrics: { Load: 0 }\n';

const EXAMPLES: Readonly<Record<string, Example>> = {
  'POST /OpenPEX/reservations': { access: 'user', payload: FIGURE_4_1 },
  'POST /OpenPEX/series': { access: 'user', payload: { ...FIGURE_4_1, everyDays: 7, times: 2 } },
  'PUT /OpenPEX/series': { access: 'user', payload: { book: [] } },
  'POST /OpenPEX/series/quotes': { access: 'user', payload: { ...FIGURE_4_1, everyDays: 7, times: 2 } },
  'GET /OpenPEX/reservations': { access: 'user' },
  'GET /OpenPEX/reservations/:id': { access: 'user', path: ofReservation() },
  'PUT /OpenPEX/reservations/:id': {
    access: 'user',
    path: ofReservation(),
    payload: { reply: 'REJECT' },
  },
  'POST /OpenPEX/reservations/:id/change': {
    access: 'user',
    path: ofReservation('/change'),
    payload: { numInstancesFixed: 1 },
  },
  'PUT /OpenPEX/reservations/:id/change': {
    access: 'user',
    path: ofReservation('/change'),
    payload: { reply: 'REJECT' },
  },
  'PUT /OpenPEX/reservations/:id/activate': { access: 'user', path: ofReservation('/activate') },
  'DELETE /OpenPEX/reservations/:id': { access: 'user', path: ofReservation() },
  'POST /OpenPEX/reservations/:id/claim': {
    access: 'user',
    path: ofReservation('/claim'),
    payload: { count: 1 },
  },
  'POST /OpenPEX/reservations/:id/transfer': {
    access: 'user',
    path: ofReservation('/transfer'),
    payload: { to: 'bob' },
  },
  'GET /OpenPEX/reservations/:id/offers': { access: 'user', path: ofReservation('/offers') },
  'GET /OpenPEX/reservations/:id/instances': { access: 'user', path: ofReservation('/instances') },
  'GET /OpenPEX/reservations/:id/user-data': { access: 'user', path: ofReservation('/user-data') },
  'PUT /OpenPEX/reservations/:id/user-data': {
    access: 'user',
    path: ofReservation('/user-data'),
    payload: { userData: '#!/bin/sh' },
  },
  'PUT /OpenPEX/reservations/:id/label': {
    access: 'user',
    path: ofReservation('/label'),
    payload: { name: 'course', note: null },
  },
  'GET /OpenPEX/account/ssh-keys': { access: 'user' },
  'PUT /OpenPEX/account/ssh-keys': { access: 'user', payload: { sshKeys: [] } },
  'GET /OpenPEX/instances': { access: 'user' },
  'GET /OpenPEX/instances/:id': { access: 'user', path: ofInstance() },
  'PUT /OpenPEX/instances/:id/start': { access: 'user', path: ofInstance('/start') },
  'PUT /OpenPEX/instances/:id/stop': { access: 'user', path: ofInstance('/stop') },
  'PUT /OpenPEX/instances/:id/reboot': { access: 'user', path: ofInstance('/reboot') },
  'PUT /OpenPEX/instances/:id/suspend': { access: 'user', path: ofInstance('/suspend') },
  'PUT /OpenPEX/instances/:id/pause': { access: 'user', path: ofInstance('/pause') },
  'PUT /OpenPEX/instances/:id/unpause': { access: 'user', path: ofInstance('/unpause') },
  'PUT /OpenPEX/instances/:id/resume': { access: 'user', path: ofInstance('/resume') },
  'DELETE /OpenPEX/instances/:id': { access: 'user', path: ofInstance() },
  'POST /OpenPEX/quotes': { access: 'user', payload: FIGURE_4_1 },
  'POST /OpenPEX/quotes/partners': { access: 'user', payload: FIGURE_4_1 },
  'GET /OpenPEX/partners': { access: 'operator' },
  'GET /OpenPEX/transfers': { access: 'operator' },
  'GET /OpenPEX/availability': {
    access: 'user',
    path: at(`/OpenPEX/availability${span}&type=SMALL`),
  },
  'GET /OpenPEX/events': { access: 'user' },
  'GET /OpenPEX/history': { access: 'user' },
  'GET /OpenPEX/calendar.ics': {
    access: 'anyone',
    path: ({ calendarToken }) => `/OpenPEX/calendar.ics?token=${calendarToken}`,
  },
  'GET /OpenPEX/reservations/:id/calendar.ics': { access: 'user', path: ofReservation('/calendar.ics') },
  'POST /OpenPEX/account/tokens': { access: 'user', payload: { name: 'nightly runs' } },
  'GET /OpenPEX/account/tokens': { access: 'user' },
  'DELETE /OpenPEX/account/tokens/:id': { access: 'user', path: at('/OpenPEX/account/tokens/none') },
  'POST /OpenPEX/account/access-keys': { access: 'user', payload: {} },
  'GET /OpenPEX/account/access-keys': { access: 'user' },
  'DELETE /OpenPEX/account/access-keys/:id': {
    access: 'user',
    path: at('/OpenPEX/account/access-keys/none'),
  },
  'POST /OpenPEX/accounts': {
    access: 'guest',
    payload: { username: 'carol', password: 'long enough', fullName: 'Carol', email: 'c@example.org' },
  },
  'GET /OpenPEX/account': { access: 'user' },
  'PATCH /OpenPEX/account': { access: 'user', payload: { fullName: 'Somebody' } },
  'PUT /OpenPEX/account/password': {
    access: 'user',
    payload: { current: 'not the one', new: 'long enough' },
  },
  'GET /OpenPEX/account/ledger': { access: 'user' },
  'GET /OpenPEX/account/notifications': { access: 'user' },
  'PATCH /OpenPEX/account/notifications': { access: 'user', payload: { webhook: { url: null } } },
  'POST /OpenPEX/account/notifications/test': { access: 'user' },
  'GET /OpenPEX/projects': { access: 'user' },
  'POST /OpenPEX/projects': { access: 'operator', payload: { name: 'chem', title: 'Chemistry' } },
  'GET /OpenPEX/projects/:userid': { access: 'user', path: ofProject() },
  'GET /OpenPEX/projects/:userid/ledger': { access: 'user', path: ofProject('/ledger') },
  'POST /OpenPEX/services': { access: 'user', payload: { manifest: MANIFEST } },
  'GET /OpenPEX/services': { access: 'user' },
  'GET /OpenPEX/services/:id': { access: 'user', path: ofService() },
  'PUT /OpenPEX/services/:id': { access: 'user', path: ofService(), payload: { reply: 'REJECT' } },
  'PUT /OpenPEX/services/:id/metrics': {
    access: 'user',
    path: ofService('/metrics'),
    payload: { values: { Load: 2 } },
  },
  'DELETE /OpenPEX/services/:id': { access: 'user', path: ofService() },
  'PUT /OpenPEX/projects/:userid/members/:username': {
    access: 'user',
    path: ofProject('/members/bob'),
    payload: { role: 'member' },
  },
  'DELETE /OpenPEX/projects/:userid/members/:username': {
    access: 'user',
    path: ofProject('/members/bob'),
  },
  'GET /OpenPEX/accounts': { access: 'operator' },
  'PATCH /OpenPEX/accounts/:userid': {
    access: 'operator',
    path: at('/OpenPEX/accounts/1'),
    payload: { disabled: true },
  },
  'PUT /OpenPEX/accounts/:userid/password': {
    access: 'operator',
    path: at('/OpenPEX/accounts/1/password'),
    payload: { new: 'long enough' },
  },
  'DELETE /OpenPEX/accounts/:userid': { access: 'operator', path: at('/OpenPEX/accounts/1') },
  'POST /OpenPEX/accounts/:userid/deposits': {
    access: 'operator',
    path: at('/OpenPEX/accounts/1/deposits'),
    payload: { amountMicros: 1 },
  },
  'POST /OpenPEX/session': {
    access: 'anyone',
    payload: { username: 'alice', password: 'correct horse' },
  },
  'GET /OpenPEX/session': { access: 'user' },
  'GET /OpenPEX/login': { access: 'anyone' },
  'DELETE /OpenPEX/session': { access: 'user' },
  'GET /OpenPEX/service': { access: 'user' },
  'GET /OpenPEX/types': { access: 'user' },
  'GET /OpenPEX/templates': { access: 'user' },
  'GET /OpenPEX/kinds': { access: 'user' },
  'GET /OpenPEX/nodes': { access: 'operator' },
  'GET /OpenPEX/images': { access: 'operator' },
  'PUT /OpenPEX/nodes/:id/drain': { access: 'operator', path: at('/OpenPEX/nodes/leon/drain') },
  'POST /OpenPEX/what-if': { access: 'operator', path: at('/OpenPEX/what-if') },
  'GET /OpenPEX/nodes/:id/forecast': { access: 'operator', path: at('/OpenPEX/nodes/leon/forecast') },
  'POST /OpenPEX/nodes/:id/maintenance': {
    access: 'operator',
    path: at('/OpenPEX/nodes/leon/maintenance'),
  },
  'GET /OpenPEX/maintenance': { access: 'operator' },
  'DELETE /OpenPEX/maintenance/:id': { access: 'operator', path: at('/OpenPEX/maintenance/none') },
  'PUT /OpenPEX/nodes/:id/enable': { access: 'operator', path: at('/OpenPEX/nodes/leon/enable') },
  'PUT /OpenPEX/nodes/:id/fail': { access: 'operator', path: at('/OpenPEX/nodes/leon/fail') },
  'PUT /OpenPEX/nodes/:id/return': { access: 'operator', path: at('/OpenPEX/nodes/leon/return') },
  'PUT /OpenPEX/clock/trust': { access: 'operator' },
  'GET /OpenPEX/calendar': { access: 'operator', path: at(`/OpenPEX/calendar${span}`) },
  'GET /OpenPEX/journal': { access: 'operator' },
  'GET /OpenPEX/audit': { access: 'operator' },
  'GET /OpenPEX/archives': { access: 'operator' },
  'GET /OpenPEX/report': { access: 'operator' },
  'GET /OpenPEX/load': { access: 'operator', path: at(`/OpenPEX/load${span}`) },
  'GET /OpenPEX/report/summary.json': { access: 'operator' },
  'GET /OpenPEX/openapi.json': { access: 'anyone' },
  'GET /health': { access: 'anyone' },
  'GET /ready': { access: 'anyone' },
  'GET /metrics': { access: 'operator' },
  'GET /': { access: 'anyone' },
};

/** "METHOD /pattern" of every route, by the router's own account. */
function routesOf({ app }: Testbed): readonly string[] {
  const routes: string[] = [];
  const path: string[] = [];
  for (const line of app.printRoutes({ commonPrefix: false }).split('\n')) {
    const match = /^([│ ]*)[├└]── (.*?)(?: \(([A-Z, ]+)\))?$/.exec(line);
    if (match === null) continue;
    const [, indent = '', part = '', methods] = match;
    path.length = indent.length / 4;
    path.push(part);
    for (const method of methods?.split(', ') ?? []) {
      if (method !== 'HEAD') routes.push(`${method} ${path.join('').replace(/(?<=.)\/$/, '')}`);
    }
  }
  return routes;
}

const cases = Object.entries(EXAMPLES).map(([route, example]) => ({ route, ...example }));
const owned = cases.filter(({ route }) =>
  /\/(reservations\/:id|instances\/:id|projects\/:userid)/.test(route),
);

describe('access', () => {
  let bed: Testbed;
  let ids: Ids;

  const send = (username: string, { route, path, payload }: Example & { readonly route: string }) => {
    const [method, pattern] = route.split(' ') as ['GET', string];
    const options: InjectOptions = { method, url: path?.(ids) ?? pattern, payloadAsStream: true };
    return bed.as(username, payload === undefined ? options : { ...options, payload });
  };

  /** Everything that a request could have changed. */
  const everything = () =>
    Promise.all(
      [
        'reservations',
        'instances',
        'bookings',
        'nodes',
        'users',
        'ledger',
        'journal',
        'offers',
        'project_members',
        'managed_services',
      ].map((table) => bed.database.knex(table)),
    );

  beforeAll(async () => {
    bed = await testbed();
    const { userid: projectId } = (
      await bed.as('olga', {
        method: 'POST',
        url: '/OpenPEX/projects',
        payload: { name: 'astro', title: 'Astronomy', manager: 'alice' },
      })
    ).json();
    const { token: calendarToken } = (
      await bed.as('alice', {
        method: 'POST',
        url: '/OpenPEX/account/tokens',
        payload: { name: 'phone', scope: 'calendar' },
      })
    ).json();
    const { id: serviceId } = (
      await bed.as('alice', {
        method: 'POST',
        url: '/OpenPEX/services',
        payload: { manifest: MANIFEST },
      })
    ).json();
    ids = { ...(await run(bed, 'alice')), projectId, serviceId, calendarToken };
  });

  test('is described here for every route that there is', () => {
    expect([...routesOf(bed)].sort()).toEqual(Object.keys(EXAMPLES).sort());
  });

  const isOpen = ({ access }: Example) => access === 'anyone' || access === 'guest';

  test.each(cases.filter((example) => !isOpen(example)))(
    '$route asks a stranger to log in',
    async (example) => {
      const response = await send('', example);
      expect(response.statusCode).toBe(401);
      expect(response.headers['www-authenticate']).toBe('Basic realm="OpenPEX", charset="UTF-8"');
      expect(response.headers['content-type']).toBe('application/problem+json');
    },
  );

  test.each(cases.filter(isOpen))('$route is open to strangers', async (example) => {
    expect((await send('', example)).statusCode).toBeLessThan(300);
  });

  test.each(owned)('$route knows nothing of what belongs to another user', async (example) => {
    const before = await everything();
    const response = await send('bob', example);
    expect(response.statusCode).toBe(404);
    expect(await everything()).toEqual(before);
  });

  test.each(cases.filter(({ access }) => access === 'operator'))(
    '$route is closed to users who are no operators',
    async (example) => {
      const before = await everything();
      const response = await send('bob', example);
      expect(response.statusCode).toBe(403);
      expect(await everything()).toEqual(before);
    },
  );

  test.each(cases.filter(({ route }) => route.startsWith('GET ')))(
    '$route serves an operator',
    async (example) => {
      // Nobody has a session here, and Basic credentials are none.
      const expected = example.route === 'GET /OpenPEX/session' ? 401 : 200;
      const response = await send('olga', example);
      expect(response.statusCode).toBe(expected);
      response.stream().destroy();
    },
  );

  test.each(['reservation', 'instance'])('a list of %ss shows Bob nothing of Alice', async (noun) => {
    expect((await bed.as('bob', { url: `/OpenPEX/${noun}s` })).json()).toEqual([]);
    expect((await bed.as('bob', { url: `/OpenPEX/${noun}s?all=true` })).statusCode).toBe(403);
    expect((await bed.as('olga', { url: `/OpenPEX/${noun}s?all=true` })).json()).toHaveLength(1);
  });

  test("Bob cannot list the instances of Alice's reservation", async () => {
    const url = `/OpenPEX/instances?reservation=${ids.reservationId}`;
    expect((await bed.as('bob', { url })).statusCode).toBe(404);
    expect((await bed.as('alice', { url })).json()).toHaveLength(1);
    expect((await bed.as('olga', { url })).json()).toHaveLength(1);
  });

  test('ids that cannot be are as unknown as those that are not', async () => {
    for (const id of ['1', '..%2F..%2Fetc', "1'%20OR%20'1'='1", ids.reservationId.replace(/.$/, 'Z')]) {
      expect((await bed.as('alice', { url: `/OpenPEX/reservations/${id}` })).statusCode).toBe(404);
      expect((await bed.as('alice', { url: `/OpenPEX/instances/${id}` })).statusCode).toBe(404);
    }
  });
});

test('a route that does not say who has access cannot be registered', async () => {
  const { app } = await testbed();
  expect(() => app.get('/OpenPEX/backdoor', async () => 'come in')).toThrow('does not say who has access');
});
