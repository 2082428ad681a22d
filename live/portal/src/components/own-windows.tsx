// One's own reservations on the time axis of the plan above them.
import { position, type TimeSpan } from '../charts/availability.ts';
import { type OwnWindow, ownLanes } from '../charts/own-lanes.ts';
import { useWidth } from '../live/use-width.ts';
import { formatWindow } from '../text/time.ts';

interface OwnWindowsProps {
  readonly windows: readonly OwnWindow[];
  readonly span: TimeSpan;
}

const LANE = 26;
const LETTER = 7.2;

export function OwnWindows({ windows, span }: OwnWindowsProps) {
  const [holder, width] = useWidth<HTMLDivElement>();
  const lanes = ownLanes(windows, span);
  return (
    <div ref={holder}>
      {width > 0 && lanes.length > 0 && (
        // biome-ignore lint/a11y/useSemanticElements: a drawing that groups links has no element of its own
        <svg
          class="own-windows"
          width={width}
          height={lanes.length * LANE}
          role="group"
          aria-label="Your reservations"
        >
          {lanes.flatMap((lane, index) =>
            lane.map(({ fromMs, id, isHeld, label, toMs }) => {
              const left = position(fromMs, span, width);
              const wide = Math.max(3, position(toMs, span, width) - left);
              return (
                <a
                  key={id}
                  href={`#/reservations/${id}`}
                  aria-label={`${label}, ${formatWindow(fromMs, toMs)}${isHeld ? ', on offer' : ''}`}
                >
                  <rect
                    class={isHeld ? 'own held' : 'own'}
                    x={left}
                    y={index * LANE + 2}
                    width={wide}
                    height={LANE - 5}
                  />
                  {wide > label.length * LETTER + 12 && (
                    <text class={isHeld ? 'own-label held' : 'own-label'} x={left + 6} y={index * LANE + 17}>
                      {label}
                    </text>
                  )}
                  <title>{`${label}: ${formatWindow(fromMs, toMs)}`}</title>
                </a>
              );
            }),
          )}
        </svg>
      )}
    </div>
  );
}
