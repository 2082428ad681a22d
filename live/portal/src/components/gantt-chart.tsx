// The drawing of the Gantt chart: a row a node, its height the node's CPUs; bookings coloured by user, holds hatched.
import { useState } from 'preact/hooks';
import type { CalendarEntry, ClusterNode, Outage } from '../../../wire/cluster.ts';
import { position, type TimeSpan } from '../charts/availability.ts';
import { ganttRows, userOf } from '../charts/gantt.ts';
import { ticks } from '../charts/time-axis.ts';
import { useWidth } from '../live/use-width.ts';
import { formatCount, formatMemory, formatNamed, shortId } from '../text/amounts.ts';
import { outageText } from '../text/outage-text.ts';
import { formatSpan, formatWindow } from '../text/time.ts';

/** Colours of the style sheet, `user-0` and on. */
export const USER_COLOURS = 8;

interface GanttChartProps {
  readonly nodes: readonly ClusterNode[];
  readonly entries: readonly CalendarEntry[];
  readonly colours: ReadonlyMap<string, number>;
  readonly span: TimeSpan;
  readonly nowMs: number;
}

const AXIS = 26;
const GAP = 8;
/** Of a row, unless its CPUs are so few that it would be thin. */
const ROW_MOST = 72;
const CPU_MOST = 14;

export function GanttChart({ nodes, entries, colours, span, nowMs }: GanttChartProps) {
  const [holder, width] = useWidth<HTMLDivElement>();
  const [pointed, setPointed] = useState<CalendarEntry | null>(null);
  const rows = ganttRows(nodes, entries);
  const label = width < 500 ? 62 : 110;
  const plot = Math.max(0, width - label);
  const x = (ms: number) => label + position(ms, span, plot);
  let top = AXIS;
  const placed = rows.map((row) => {
    const cpuHeight = Math.min(CPU_MOST, ROW_MOST / row.cpus);
    const height = Math.max(18, row.cpus * cpuHeight);
    const y = top;
    top += height + GAP;
    return { ...row, y, height, cpuHeight: height / row.cpus };
  });
  return (
    <div class="gantt">
      <div ref={holder}>
        {plot > 0 && (
          // biome-ignore lint/a11y/useSemanticElements: a drawing that groups links has no element of its own
          <svg width={width} height={top} role="group" aria-label="Bookings of each node over time">
            <defs>
              {Array.from({ length: USER_COLOURS }, (_, colour) => (
                <pattern
                  key={colour}
                  id={`held-${colour}`}
                  width="6"
                  height="6"
                  patternUnits="userSpaceOnUse"
                  patternTransform="rotate(45)"
                >
                  <rect class={`user-${colour}`} width="2.5" height="6" />
                </pattern>
              ))}
            </defs>
            {ticks(span.fromMs, span.toMs, Math.max(2, plot / 84)).map(({ ms, label: text, isMidnight }) => (
              <g key={ms} class={isMidnight ? 'tick midnight' : 'tick'}>
                <line x1={x(ms)} x2={x(ms)} y1={AXIS - 6} y2={top} />
                {x(ms) < width - 24 && (
                  <text x={x(ms)} y={AXIS - 11}>
                    {text}
                  </text>
                )}
              </g>
            ))}
            {placed.map(({ node, y, height, bars, cpuHeight }) => (
              <g key={node}>
                <text class="row-name" x={0} y={y + height / 2 + 4}>
                  {node}
                </text>
                <rect class="row-paper" x={label} y={y} width={plot} height={height} />
                {outagesOf(nodes, node, span).map((outage) => {
                  const left = x(Math.max(span.fromMs, outage.startTimeMs));
                  return (
                    <rect
                      key={outage.id}
                      class="outage"
                      x={left}
                      y={y}
                      width={Math.max(2, x(Math.min(span.toMs, outage.endTimeMs ?? span.toMs)) - left)}
                      height={height}
                    >
                      <title>{outageText(outage, nowMs)}</title>
                    </rect>
                  );
                })}
                {bars.map(({ entry, offset, cpus }) => {
                  const colour = colours.get(userOf(entry)) ?? 0;
                  const left = x(entry.startTimeMs);
                  return (
                    <a
                      key={`${entry.reservationId} ${entry.startTimeMs} ${offset}`}
                      href={`#/reservations/${entry.reservationId}`}
                      aria-label={described(entry)}
                      onMouseEnter={() => setPointed(entry)}
                      onMouseLeave={() => setPointed(null)}
                      onFocus={() => setPointed(entry)}
                      onBlur={() => setPointed(null)}
                    >
                      <rect
                        class={entry.kind === 'hold' ? `bar held user-${colour}` : `bar user-${colour}`}
                        x={left}
                        y={y + height - (offset + cpus) * cpuHeight}
                        width={Math.max(2, x(entry.endTimeMs) - left)}
                        height={Math.max(2, cpus * cpuHeight - 1)}
                        fill={entry.kind === 'hold' ? `url(#held-${colour})` : undefined}
                      />
                    </a>
                  );
                })}
              </g>
            ))}
            {nowMs > span.fromMs && nowMs < span.toMs && (
              <g class="now">
                <line x1={x(nowMs)} x2={x(nowMs)} y1={AXIS - 8} y2={top} />
              </g>
            )}
          </svg>
        )}
      </div>
      <p class="gantt-details" aria-hidden="true">
        {pointed === null ? 'Point at a booking for its details; click to open it.' : described(pointed)}
      </p>
      <ul class="legend" aria-label="Users">
        {[...colours].map(([user, colour]) => (
          <li key={user}>
            <svg width="12" height="12" aria-hidden="true">
              <rect class={`user-${colour}`} width="12" height="12" rx="2" />
            </svg>
            {user}
          </li>
        ))}
        <li>
          <svg width="14" height="12" aria-hidden="true">
            <rect class="bar held user-0" width="14" height="12" fill="url(#held-0)" />
          </svg>
          held, not confirmed
        </li>
        {nodes.some(({ outages }) => outages.length > 0) && (
          <li>
            <svg width="14" height="12" aria-hidden="true">
              <rect class="outage" width="14" height="12" />
            </svg>
            node out, or to be maintained
          </li>
        )}
      </ul>
    </div>
  );
}

/** Those of the node that are seen in the span. */
function outagesOf(nodes: readonly ClusterNode[], id: string, { fromMs, toMs }: TimeSpan): Outage[] {
  const outages = nodes.find(({ node }) => node === id)?.outages ?? [];
  return outages.filter(({ endTimeMs, startTimeMs }) => startTimeMs < toMs && fromMs < (endTimeMs ?? toMs));
}

function described(entry: CalendarEntry): string {
  const { kind, node, startTimeMs, endTimeMs, cpus, memoryMib, resources, reservationId } = entry;
  const what = kind === 'hold' ? 'holds' : 'has reserved';
  const size = [formatCount(cpus, 'CPU'), formatMemory(memoryMib), ...formatNamed(resources)].join(', ');
  return `${userOf(entry)} ${what} ${size} on ${node}: ${formatWindow(startTimeMs, endTimeMs)} (${formatSpan(endTimeMs - startTimeMs)}), ${shortId(reservationId)}`;
}
