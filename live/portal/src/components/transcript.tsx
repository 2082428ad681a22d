// The dialogue so far: what you said at one side, what OpenPEX said at the other.
import type { Offer } from '../../../wire/negotiation.ts';
import { differenceText } from '../negotiation/difference.ts';
import { transcript } from '../negotiation/transcript.ts';
import { formatClock, formatExactly } from '../text/time.ts';

export function Transcript({ offers }: { offers: readonly Offer[] }) {
  return (
    <ol class="transcript" aria-label="Messages">
      {transcript(offers).map((line, index) => (
        // Messages are only ever added at the end.
        <li key={index} class={line.from === 'you' ? 'line mine' : 'line theirs'}>
          <div class="bubble">
            <p class="saying">{line.saying}</p>
            {line.content !== null && <p>{line.content}</p>}
            {line.differences.length > 0 && <p class="different">{differenceText(line.differences)}</p>}
            <time
              class="muted"
              dateTime={new Date(line.timeMs).toISOString()}
              title={formatExactly(line.timeMs)}
            >
              {formatClock(line.timeMs)}
            </time>
          </div>
        </li>
      ))}
    </ol>
  );
}
