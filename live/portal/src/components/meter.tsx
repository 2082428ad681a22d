// A share as a bar with its figure.
import { formatShare } from '../text/amounts.ts';

interface MeterProps {
  readonly label: string;
  /** 0..1; more is drawn as full. */
  readonly share: number;
  readonly text: string;
  readonly kind?: 'booked' | 'busy';
}

export function Meter({ label, share, text, kind = 'booked' }: MeterProps) {
  return (
    <div class="meter">
      <div class="meter-text">
        <span>{label}</span>
        <span class="muted">{text}</span>
      </div>
      <svg
        class={`meter-bar ${kind}`}
        viewBox="0 0 100 6"
        preserveAspectRatio="none"
        role="img"
        aria-label={`${label}: ${formatShare(share)}`}
      >
        <rect class="track" width="100" height="6" />
        <rect class="level" width={Math.min(100, Math.max(0, share * 100))} height="6" />
      </svg>
    </div>
  );
}
