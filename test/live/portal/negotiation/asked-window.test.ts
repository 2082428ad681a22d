import { expect, test } from 'vitest';
import { askAddress, fieldsAsked } from '../../../../live/portal/src/negotiation/asked-window.ts';
import { emptyFields, readRequest } from '../../../../live/portal/src/negotiation/request-fields.ts';
import { parseRoute } from '../../../../live/portal/src/route.ts';

const NOW = Date.parse('2026-12-01T09:00:00Z');

test('a window chosen on the plan is what the form asks for', () => {
  const fromMs = Date.parse('2026-12-03T10:00:00Z');
  const window = { fromMs, toMs: fromMs + 5 * 3_600_000 };
  const { parts, query } = parseRoute(askAddress({ type: 'LARGE', instances: 5, ...window }));
  expect(parts).toEqual(['new']);
  const fields = { ...emptyFields('SMALL', ''), ...fieldsAsked(query, ['SMALL', 'LARGE']) };
  const { needed, proposal, window: read } = readRequest(fields, NOW);
  expect(read).toEqual(window);
  expect(needed).toBe(5);
  expect(proposal?.type).toBe('LARGE');
});

test('what makes no sense in an address is left out', () => {
  const fields = (query: string) => fieldsAsked(new URLSearchParams(query), ['SMALL']);
  expect(fields('type=HUGE&instances=0&start=soon&end=2026-12-03')).toEqual({});
  expect(fields('instances=-1&start=2026-12-03T10:00Z&end=2026-12-03T09:00Z')).toEqual({});
  expect(fields('type=SMALL&instances=12')).toEqual({ type: 'SMALL', fixed: '12' });
});
