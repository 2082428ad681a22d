// Rows behind a fold, so many at a time: what nobody looks at is not drawn.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

interface LongTableProps<T> {
  readonly summary: string;
  readonly rows: readonly T[];
  /** Draws the first of the rows. */
  readonly children: (part: readonly T[]) => ComponentChildren;
}

const AT_A_TIME = 100;

export function LongTable<T>({ summary, rows, children }: LongTableProps<T>) {
  const [isOpen, setOpen] = useState(false);
  const [most, setMost] = useState(AT_A_TIME);
  return (
    <details class="as-table" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{summary}</summary>
      {isOpen && (
        <>
          {children(rows.slice(0, most))}
          {rows.length > most && (
            <p class="list-foot">
              <span class="muted">{most} shown</span>
              <button type="button" onClick={() => setMost(most + AT_A_TIME)}>
                Show more
              </button>
            </p>
          )}
        </>
      )}
    </details>
  );
}
