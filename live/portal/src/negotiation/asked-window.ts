// A window that was chosen on the plan, as the address of the request form that begins with it. Pure.
import { toLocalField } from '../text/time.ts';
import type { RequestFields } from './request-fields.ts';

export interface AskedWindow {
  readonly type: string;
  readonly instances: number;
  readonly fromMs: number;
  readonly toMs: number;
}

export function askAddress({ fromMs, instances, toMs, type }: AskedWindow): string {
  const query = new URLSearchParams({
    type,
    instances: String(instances),
    start: new Date(fromMs).toISOString(),
    end: new Date(toMs).toISOString(),
  });
  return `#/new?${query}`;
}

/** What the form begins with; what makes no sense is left out. */
export function fieldsAsked(query: URLSearchParams, types: readonly string[]): Partial<RequestFields> {
  const type = query.get('type');
  const instances = query.get('instances');
  const startMs = Date.parse(query.get('start') ?? '');
  const endMs = Date.parse(query.get('end') ?? '');
  return {
    ...(type !== null && types.includes(type) && { type }),
    ...(instances !== null && /^[1-9]\d{0,3}$/.test(instances) && { fixed: instances }),
    ...(endMs > startMs && {
      startKind: 'at',
      start: toLocalField(startMs),
      lengthKind: 'until',
      end: toLocalField(endMs),
    }),
  };
}
