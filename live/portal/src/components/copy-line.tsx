// A line for a terminal, and a button that takes it there. Browsers copy only on pages that came by HTTPS or from this machine.
import { useSay } from '../live/context.ts';

export function CopyLine({ text }: { text: string }) {
  const say = useSay();
  return (
    <span class="copy-line">
      <code>{text}</code>
      {navigator.clipboard !== undefined && (
        <button
          type="button"
          aria-label={`Copy ${text}`}
          onClick={async () => {
            await navigator.clipboard.writeText(text);
            say('Copied.');
          }}
        >
          Copy
        </button>
      )}
    </span>
  );
}
