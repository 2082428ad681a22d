// CPUs over time against the capacity of the cluster, as areas before each other: what is booked, or what was used.
import { Fragment } from 'preact';
import { position, type TimeSpan } from '../charts/availability.ts';
import { ticks } from '../charts/time-axis.ts';
import type { LoadStep } from '../charts/utilisation.ts';
import { useWidth } from '../live/use-width.ts';

export interface UsageLayer {
  /** How it is painted; its name in the legend, too. */
  readonly name: 'held' | 'reserved' | 'allocated' | 'busy';
  readonly steps: readonly LoadStep[];
}

interface UsageChartProps {
  /** "CPUs booked". */
  readonly noun: string;
  /** From the back to the front: the first is what the chart is about. */
  readonly layers: readonly [UsageLayer, ...UsageLayer[]];
  readonly capacity: number;
  readonly span: TimeSpan;
  readonly nowMs: number;
}

const HEIGHT = 180;
const TOP = 10;
const AXIS = 24;
const LEFT = 34;

export function UsageChart({ noun, layers, capacity, span, nowMs }: UsageChartProps) {
  const [holder, width] = useWidth<HTMLDivElement>();
  const plot = Math.max(0, width - LEFT);
  const most = Math.max(0, ...layers[0].steps.map(({ cpus }) => cpus));
  const highest = Math.max(1, capacity, most);
  const x = (ms: number) => LEFT + position(ms, span, plot);
  const y = (cpus: number) => TOP + HEIGHT * (1 - cpus / highest);
  const area = (those: readonly LoadStep[]) =>
    `M${LEFT},${y(0)}${those.map(({ fromMs, toMs, cpus }) => `V${y(cpus)}H${x(toMs)}`.replace(/^V/, `H${x(fromMs)}V`)).join('')}V${y(0)}Z`;
  return (
    <div ref={holder} class="usage">
      {plot > 0 && (
        <svg
          width={width}
          height={TOP + HEIGHT + AXIS}
          role="img"
          aria-label={`${noun} over time: at most ${rounded(most)} of ${rounded(capacity)}.`}
        >
          {[0, highest / 2, highest].map((cpus) => (
            <g key={cpus} class="tick level-line">
              <line x1={LEFT} x2={width} y1={y(cpus)} y2={y(cpus)} />
              <text class="level-name" x={LEFT - 6} y={y(cpus) + 4}>
                {rounded(cpus)}
              </text>
            </g>
          ))}
          {layers.map(({ name, steps }) => (
            <path key={name} class={`area ${name}`} d={area(steps)} />
          ))}
          {ticks(span.fromMs, span.toMs, Math.max(2, plot / 84)).map(({ ms, label }) => (
            <g key={ms} class="tick">
              <line x1={x(ms)} x2={x(ms)} y1={TOP + HEIGHT} y2={TOP + HEIGHT + 5} />
              {x(ms) < width - 24 && (
                <text x={x(ms)} y={TOP + HEIGHT + 19}>
                  {label}
                </text>
              )}
            </g>
          ))}
          {nowMs > span.fromMs && nowMs < span.toMs && (
            <g class="now">
              <line x1={x(nowMs)} x2={x(nowMs)} y1={TOP} y2={TOP + HEIGHT} />
            </g>
          )}
        </svg>
      )}
      <p class="strip-legend">
        {layers.toReversed().map(({ name }) => (
          <Fragment key={name}>
            <span class={`key ${name}`} /> {name}{' '}
          </Fragment>
        ))}
        {nowMs > span.fromMs && nowMs < span.toMs && (
          <>
            <span class="key now-key" /> now
          </>
        )}
      </p>
    </div>
  );
}

function rounded(cpus: number): number {
  return Math.round(cpus * 10) / 10;
}
