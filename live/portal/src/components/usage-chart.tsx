// CPUs booked over time against the capacity of the cluster: what is reserved, and on top of it what is only held.
import { position, type TimeSpan } from '../charts/availability.ts';
import { ticks } from '../charts/time-axis.ts';
import type { LoadStep } from '../charts/utilisation.ts';
import { useWidth } from '../live/use-width.ts';

interface UsageChartProps {
  /** With holds. */
  readonly steps: readonly LoadStep[];
  readonly reserved: readonly LoadStep[];
  readonly capacity: number;
  readonly span: TimeSpan;
  readonly nowMs: number;
}

const HEIGHT = 180;
const TOP = 10;
const AXIS = 24;
const LEFT = 34;

export function UsageChart({ steps, reserved, capacity, span, nowMs }: UsageChartProps) {
  const [holder, width] = useWidth<HTMLDivElement>();
  const plot = Math.max(0, width - LEFT);
  const highest = Math.max(1, capacity, ...steps.map(({ cpus }) => cpus));
  const x = (ms: number) => LEFT + position(ms, span, plot);
  const y = (cpus: number) => TOP + HEIGHT * (1 - cpus / highest);
  const area = (those: readonly LoadStep[]) =>
    `M${LEFT},${y(0)}${those.map(({ fromMs, toMs, cpus }) => `V${y(cpus)}H${x(toMs)}`.replace(/^V/, `H${x(fromMs)}V`)).join('')}V${y(0)}Z`;
  const most = Math.max(...steps.map(({ cpus }) => cpus));
  return (
    <div ref={holder} class="usage">
      {plot > 0 && (
        <svg
          width={width}
          height={TOP + HEIGHT + AXIS}
          role="img"
          aria-label={`CPUs booked over time: at most ${most} of ${capacity}.`}
        >
          {[0, highest / 2, highest].map((cpus) => (
            <g key={cpus} class="tick level-line">
              <line x1={LEFT} x2={width} y1={y(cpus)} y2={y(cpus)} />
              <text class="level-name" x={LEFT - 6} y={y(cpus) + 4}>
                {Math.round(cpus * 10) / 10}
              </text>
            </g>
          ))}
          <path class="area held" d={area(steps)} />
          <path class="area reserved" d={area(reserved)} />
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
        <span class="key reserved" /> reserved <span class="key held" /> held <span class="key now-key" /> now
      </p>
    </div>
  );
}
