// A button for what cannot be taken back: it asks once more.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Dialog } from './dialog.tsx';

interface ConfirmButtonProps {
  readonly label: string;
  /** For those who do not see which row the button is in. */
  readonly describedAs?: string;
  readonly title: string;
  /** What the button of the dialogue says: the deed, not "OK". */
  readonly deed: string;
  readonly disabled?: boolean;
  readonly onConfirm: () => Promise<unknown>;
  readonly children: ComponentChildren;
}

export function ConfirmButton(props: ConfirmButtonProps) {
  const { label, describedAs, title, deed, disabled = false, onConfirm, children } = props;
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        class="danger"
        disabled={disabled}
        aria-label={describedAs}
        onClick={() => setOpen(true)}
      >
        {label}
      </button>
      {open && (
        <Dialog title={title} onClose={() => setOpen(false)}>
          {children}
          <div class="dialog-actions">
            <button type="button" onClick={() => setOpen(false)}>
              Keep it
            </button>
            <button
              type="button"
              class="danger solid"
              onClick={() => {
                setOpen(false);
                void onConfirm();
              }}
            >
              {deed}
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}
