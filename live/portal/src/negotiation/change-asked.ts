// What the form for a change asks for: only what is to be otherwise, or what is wrong with it. Pure.
import type { ChangeBody } from '../../../wire/negotiation.ts';

interface Present {
  readonly startTimeMs: number;
  readonly endTimeMs: number;
  readonly numInstancesFixed: number;
  readonly windowOpen: boolean;
}

interface Fields {
  /** null: no date. */
  readonly startMs: number | null;
  readonly endMs: number | null;
  readonly instances: string;
}

export interface AskedChange {
  /** Undefined as long as something is wrong. */
  readonly body: ChangeBody | undefined;
  readonly wrong: Readonly<Partial<Record<'start' | 'end' | 'instances' | 'nothing', string>>>;
}

/** Fields of dates have whole minutes: what is in the same minute as before stays as it is. */
export function changeAsked(present: Present, fields: Fields, nowMs: number): AskedChange {
  const { endTimeMs, numInstancesFixed, startTimeMs, windowOpen } = present;
  const startMs = kept(fields.startMs, startTimeMs);
  const endMs = kept(fields.endMs, endTimeMs);
  const count = /^\d{1,6}$/.test(fields.instances) ? Number(fields.instances) : 0;
  const isMoved = !windowOpen && startMs !== startTimeMs;
  const wrong: Partial<Record<'start' | 'end' | 'instances' | 'nothing', string>> = {};
  if (!windowOpen && (startMs === null || (isMoved && startMs < nowMs)))
    wrong.start = 'A time that lies ahead.';
  const fromMs = windowOpen ? startTimeMs : (startMs ?? startTimeMs);
  if (endMs === null || endMs <= Math.max(nowMs, fromMs)) wrong.end = 'A time after now and after the start.';
  if (count < 1) wrong.instances = 'A whole number, 1 or more.';
  const durationMs = (endMs ?? endTimeMs) - fromMs;
  const body: ChangeBody = {
    ...(isMoved ? { startTime: new Date(fromMs).toISOString() } : {}),
    ...(durationMs === endTimeMs - startTimeMs ? {} : { duration: durationMs }),
    ...(count === numInstancesFixed ? {} : { numInstancesFixed: count }),
  };
  if (Object.keys(body).length === 0) wrong.nothing = 'Everything is as it was.';
  return { body: Object.keys(wrong).length === 0 ? body : undefined, wrong };
}

function kept(writtenMs: number | null, presentMs: number): number | null {
  return writtenMs === Math.floor(presentMs / 60_000) * 60_000 ? presentMs : writtenMs;
}
