// When it is to start: usual starts to pick, a field for any other, and in words what the field means.
import { useNow } from '../live/use-now.ts';
import { oddTimeWords, startPicks, startWords } from '../text/start-words.ts';
import { fromLocalField, ownZone, toLocalField } from '../text/time.ts';
import { TextField } from './field.tsx';

interface StartFieldProps {
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly error: string | undefined;
}

export function StartField({ error, onValue, value }: StartFieldProps) {
  const now = useNow(60_000);
  const zone = ownZone();
  const ms = fromLocalField(value);
  const odd = ms === null ? undefined : oddTimeWords(value, zone);
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields */}
      <div class="start-picks" role="group" aria-label="Usual starts">
        {startPicks(now, zone).map((pick) => (
          <button
            key={pick.label}
            type="button"
            aria-pressed={pick.ms === ms}
            onClick={() => onValue(toLocalField(pick.ms))}
          >
            {pick.label}
          </button>
        ))}
      </div>
      <TextField
        label="Start day and time"
        type="datetime-local"
        value={value}
        onValue={onValue}
        error={error}
        hint={ms === null ? undefined : [startWords(ms, now, zone), odd].filter(Boolean).join(' ')}
      />
    </>
  );
}
