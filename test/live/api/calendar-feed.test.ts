// Reservations for calendar programs: read back by the rules of RFC 5545 alone, and kept from whoever has no right to them.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { icalendarOf } from '../../../live/api/icalendar.ts';
import type { ReservationRecord } from '../../../live/records.ts';
import { ask, book, HOUR_MS, NOW_MS, type Testbed, testbed } from './testbed.ts';

/** Unfolds, and refuses what RFC 5545 §3.1 does: bare line ends, lines above 75 octets, control characters, lines without a name. */
function contentLines(body: string): { readonly name: string; readonly value: string }[] {
  expect(body.endsWith('\r\n')).toBe(true);
  expect(body.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  for (const line of body.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
  return body
    .replaceAll('\r\n ', '')
    .split('\r\n')
    .slice(0, -1)
    .map((line) => {
      const [, name, , value] = /^([A-Z-]+)((?:;[A-Z-]+=[^;:,]+)*):(\P{Cc}*)$/u.exec(line)!;
      return { name: name!, value: value! };
    });
}

/** §3.6: components in their frames, what each must have once and once only. */
function eventsOf(body: string): Readonly<Record<string, string>>[] {
  const lines = contentLines(body);
  expect([lines[0], lines.at(-1)]).toEqual([
    { name: 'BEGIN', value: 'VCALENDAR' },
    { name: 'END', value: 'VCALENDAR' },
  ]);
  const events: Record<string, string>[] = [];
  let event: Record<string, string> | undefined;
  const calendar: Record<string, string> = {};
  for (const { name, value } of lines.slice(1, -1)) {
    if (name === 'BEGIN') {
      expect([value, event]).toEqual(['VEVENT', undefined]);
      event = {};
    } else if (name === 'END') {
      expect(value).toBe('VEVENT');
      events.push(event!);
      event = undefined;
    } else {
      expect(name in (event ?? calendar)).toBe(false);
      (event ?? calendar)[name] = value;
    }
  }
  expect(event).toBeUndefined();
  expect(calendar).toMatchObject({ VERSION: '2.0', PRODID: expect.stringMatching(/./) });
  for (const { DTEND, DTSTAMP, DTSTART, UID } of events) {
    expect(UID).toMatch(/./);
    for (const instant of [DTSTAMP, DTSTART, DTEND]) expect(instant).toMatch(/^\d{8}T\d{6}Z$/);
    expect(DTSTART! < DTEND!).toBe(true);
  }
  expect(new Set(events.map(({ UID }) => UID)).size).toBe(events.length);
  return events;
}

/** §3.3.11, backwards. A comma, a semicolon or a backslash stands there escaped only. */
function textOf(value: string): string {
  expect(value.replace(/\\[\\;,nN]/g, '')).not.toMatch(/[\\;,]/);
  return value.replace(/\\(.)/g, (_, character: string) => (/n/i.test(character) ? '\n' : character));
}

async function makeToken(bed: Testbed, scope: string) {
  const response = await bed.as('alice', {
    method: 'POST',
    url: '/OpenPEX/account/tokens',
    payload: { name: 'phone', scope },
  });
  return response.json() as { id: string; token: string };
}

const feed = (bed: Testbed, token: string) => bed.as('', { url: `/OpenPEX/calendar.ics?token=${token}` });

test('a calendar program sees what is booked and on offer, until its token is revoked', async () => {
  const bed = await testbed({}, { nodes: 2 });
  const startTime = new Date(NOW_MS + HOUR_MS).toISOString();
  const booked = await book(bed, 'alice', { startTime });
  await ask(bed, 'alice', { startTime, type: 'SMALL' });
  await book(bed, 'bob', { startTime, type: 'SMALL' });
  const given = await book(bed, 'alice', { startTime: new Date(NOW_MS + 9 * HOUR_MS).toISOString() });
  await bed.as('alice', { method: 'DELETE', url: `/OpenPEX/reservations/${given}` });
  const { id, token } = await makeToken(bed, 'calendar');
  const response = await feed(bed, token);
  expect(response.headers['content-type']).toBe('text/calendar; charset=utf-8');
  const events = eventsOf(response.body);
  expect(events.map(({ DTEND, DTSTART, STATUS, SUMMARY }) => [SUMMARY, STATUS, DTSTART, DTEND])).toEqual([
    ['1 × SMALL (on offer)', 'TENTATIVE', '20090817T050000Z', '20090817T060000Z'],
    ['1 × XLARGE', 'CONFIRMED', '20090817T050000Z', '20090817T060000Z'],
  ]);
  const one = `/OpenPEX/reservations/${booked}/calendar.ics`;
  expect(eventsOf((await bed.as('alice', { url: one })).body)).toEqual([
    { ...events[1]!, DTSTAMP: expect.anything() },
  ]);
  expect((await bed.as('bob', { url: one })).statusCode).toBe(404);
  await bed.as('alice', { method: 'DELETE', url: `/OpenPEX/account/tokens/${id}` });
  expect((await feed(bed, token)).statusCode).toBe(401);
});

test('the token of a calendar opens nothing else, and no other token opens the calendar', async () => {
  const bed = await testbed();
  const { token } = await makeToken(bed, 'calendar');
  const authorization = `Bearer ${token}`;
  for (const url of ['/OpenPEX/reservations', '/OpenPEX/account', '/OpenPEX/account/ledger'])
    expect((await bed.as('', { url, headers: { authorization } })).statusCode).toBe(403);
  const { token: other } = await makeToken(bed, 'read');
  expect((await feed(bed, other)).statusCode).toBe(401);
  expect((await bed.as('', { url: '/OpenPEX/calendar.ics' })).statusCode).toBe(400);
});

test('whatever a template is called, it comes out as it went in', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (template) => {
      const proposal = { type: 'SMALL', numInstancesFixed: 1, startMs: NOW_MS, durationMs: 1000, template };
      const record = {
        ...{ reservationId: 'A', state: 'CONFIRMED', nodeIds: ['n1'], createdMs: 0, confirmedMs: 0 },
        ...{ priceMicros: 0, proposal },
      } as unknown as ReservationRecord;
      const body = icalendarOf([record], { name: template, version: '1', nowMs: 0 });
      const plain = template.replace(/\r?\n/g, '\n').replace(/(?!\n)\p{Cc}/gu, '');
      const [, shown] = /Template: (.*)\nPrice/s.exec(textOf(eventsOf(body)[0]!.DESCRIPTION!))!;
      expect(shown).toBe(Buffer.from(plain).toString());
    }),
    { numRuns: 100 },
  );
});
