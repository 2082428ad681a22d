// What can be done to the rows that are selected, each to those that it can be done to.
import { useState } from 'preact/hooks';
import { formatCount } from '../text/amounts.ts';
import { ConfirmButton } from './confirm-button.tsx';

export interface BulkDeed<T> {
  readonly label: string;
  readonly isFor: (row: T) => boolean;
  readonly run: (rows: readonly T[]) => Promise<void> | void;
  /** Asked first, for what cannot be taken back. */
  readonly question?: {
    readonly title: (count: number) => string;
    readonly text: string;
    /** What the button of the dialogue says. */
    readonly deed: string;
  };
}

interface BulkBarProps<T> {
  readonly rows: readonly T[];
  readonly noun: readonly [one: string, several: string];
  readonly deeds: readonly BulkDeed<T>[];
  readonly onClear: () => void;
  /** Of the list, where more is not read yet. */
  readonly total?: number;
  /** Selects all of it. */
  readonly onWhole?: () => Promise<void>;
}

export function BulkBar<T>({ rows, noun: [one, several], deeds, onClear, onWhole, total }: BulkBarProps<T>) {
  const [busy, setBusy] = useState(false);
  const runOn = async ({ run }: BulkDeed<T>, those: readonly T[]) => {
    setBusy(true);
    try {
      await run(those);
      onClear();
    } finally {
      setBusy(false);
    }
  };
  return (
    <fieldset class="bulk-bar">
      <legend class="visually-hidden">What is done to those that are selected</legend>
      <strong role="status">{formatCount(rows.length, one, several)} selected</strong>
      {deeds.map((deed) => {
        const those = rows.filter(deed.isFor);
        const label = those.length === rows.length ? deed.label : `${deed.label} (${those.length})`;
        const disabled = busy || those.length === 0;
        return deed.question === undefined ? (
          <button key={deed.label} type="button" disabled={disabled} onClick={() => runOn(deed, those)}>
            {label}
          </button>
        ) : (
          <ConfirmButton
            key={deed.label}
            label={label}
            title={deed.question.title(those.length)}
            deed={deed.question.deed}
            disabled={disabled}
            onConfirm={() => runOn(deed, those)}
          >
            <p>{deed.question.text}</p>
          </ConfirmButton>
        );
      })}
      {onWhole !== undefined && (
        <button type="button" disabled={busy} onClick={onWhole}>
          Select all{total !== undefined && ` ${formatCount(total, one, several)}`}
        </button>
      )}
      <button type="button" onClick={onClear}>
        Select none
      </button>
    </fieldset>
  );
}
