// Starts that will do as well where the one that is asked for cannot be had: as many fields as one wants, the most wanted first.
import {
  OTHER_STARTS_MAX,
  otherStartProblem,
  otherStartsOf,
  otherStartsText,
  type RequestFields,
} from '../negotiation/request-fields.ts';
import { DAY_MS, fromLocalField, toLocalField } from '../text/time.ts';
import { TextField } from './field.tsx';

interface OtherStartsProps {
  readonly fields: RequestFields;
  readonly onValue: (otherStarts: string) => void;
  /** Undefined while nothing is to be complained of. */
  readonly complainAtMs: number | undefined;
}

export function OtherStarts({ complainAtMs, fields, onValue }: OtherStartsProps) {
  const starts = otherStartsOf(fields.otherStarts);
  const write = (changed: readonly string[]) => onValue(otherStartsText(changed));
  return (
    <>
      {starts.map((start, index) => (
        <div key={index} class="other-start">
          <TextField
            label={`Or day and time, ${ORDINALS[index]} choice`}
            type="datetime-local"
            value={start}
            onValue={(value) => write(starts.map((other, at) => (at === index ? value : other)))}
            error={complainAtMs === undefined ? undefined : otherStartProblem(start, fields, complainAtMs)}
          />
          <button
            type="button"
            aria-label={`Leave out the ${ORDINALS[index]} choice`}
            onClick={() => write(starts.filter((_, at) => at !== index))}
          >
            Leave out
          </button>
        </div>
      ))}
      {starts.length < OTHER_STARTS_MAX && (
        <p class="other-starts">
          <button type="button" onClick={() => write([...starts, nextOf(starts.at(-1) ?? fields.start)])}>
            {starts.length === 0 ? 'Another start will do as well' : 'And another'}
          </button>
          {starts.length > 0 && (
            <span class="hint">
              For the same length. You are offered the first of them that can be had, if the one above cannot.
            </span>
          )}
        </p>
      )}
    </>
  );
}

const ORDINALS = [
  'second',
  'third',
  'fourth',
  'fifth',
  'sixth',
  'seventh',
  'eighth',
  'ninth',
  'tenth',
  'eleventh',
];

/** The same time a day later: a likely wish, and easily changed. */
function nextOf(start: string): string {
  const ms = fromLocalField(start);
  return ms === null ? '' : toLocalField(ms + DAY_MS);
}
