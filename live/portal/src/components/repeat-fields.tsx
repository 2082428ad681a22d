// Whether a reservation comes again: how often, how many times or up to which day, and in words when the last is.
import type { RequestErrors, RequestFields, RequestReading } from '../negotiation/request-fields.ts';
import { formatDay, ownZone } from '../text/time.ts';
import { Choice, SelectField, TextField } from './field.tsx';

const OFTEN = [
  ['', 'Once'],
  ['1', 'Every day'],
  ['7', 'Every week'],
  ['14', 'Every two weeks'],
  ['28', 'Every four weeks'],
] as const;

interface RepeatFieldsProps {
  readonly fields: RequestFields;
  readonly reading: RequestReading;
  readonly errors: RequestErrors;
  readonly onChange: (changes: Partial<RequestFields>) => void;
}

export function RepeatFields({ errors, fields, onChange, reading: { series } }: RepeatFieldsProps) {
  return (
    <>
      <SelectField
        label="Repeat"
        value={fields.repeat}
        onValue={(repeat) => onChange({ repeat })}
        options={OFTEN}
      />
      {fields.repeat !== '' && (
        <>
          <Choice
            legend="Ends"
            value={fields.repeatEnd}
            onValue={(repeatEnd) => onChange({ repeatEnd })}
            options={[
              ['times', 'After so many times'],
              ['until', 'On a day'],
            ]}
          />
          {fields.repeatEnd === 'times' ? (
            <TextField
              label="Times"
              type="number"
              inputMode="numeric"
              min={2}
              value={fields.times}
              onValue={(times) => onChange({ times })}
              error={errors.times}
            />
          ) : (
            <TextField
              label="Last day"
              type="date"
              value={fields.lastDay}
              onValue={(lastDay) => onChange({ lastDay })}
              error={errors.lastDay}
            />
          )}
          {series !== null && (
            <p class="window-words">
              {series.startsMs.length} times, the last on {formatDay(series.startsMs.at(-1)!)}{' '}
              {new Date(series.startsMs.at(-1)!).getFullYear()}
              <span class="hint">
                Always at the same time of the clock in {ownZone()}. Each is a reservation of its own.
              </span>
            </p>
          )}
        </>
      )}
    </>
  );
}
