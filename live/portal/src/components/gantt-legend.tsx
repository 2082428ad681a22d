// What the colours and marks of the Gantt chart mean.
import type { ClusterNode } from '../../../wire/cluster.ts';
import { formatCount } from '../text/amounts.ts';

interface GanttLegendProps {
  readonly colours: ReadonlyMap<string, number>;
  readonly nodes: readonly ClusterNode[];
}

/** More are named when they are pointed at. */
const MOST_USERS = 24;

export function GanttLegend({ colours, nodes }: GanttLegendProps) {
  const users = [...colours].slice(0, MOST_USERS);
  const more = colours.size - users.length;
  return (
    <ul class="legend" aria-label="Users">
      {users.map(([user, colour]) => (
        <li key={user}>
          <svg width="12" height="12" aria-hidden="true">
            <rect class={`user-${colour}`} width="12" height="12" rx="2" />
          </svg>
          {user}
        </li>
      ))}
      {more > 0 && <li>and {formatCount(more, 'more user')}</li>}
      <li>
        <svg width="14" height="12" aria-hidden="true">
          <pattern
            id="held-key"
            width="6"
            height="6"
            patternUnits="userSpaceOnUse"
            patternTransform="rotate(45)"
          >
            <rect class="user-0" width="2.5" height="6" />
          </pattern>
          <rect class="bar held user-0" width="14" height="12" fill="url(#held-key)" />
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
      {nodes.some(({ inService, up }) => up && !inService) && (
        <li>
          <svg width="10" height="10" aria-hidden="true">
            <rect class="node-mark out" width="8" height="8" y="1" />
          </svg>
          out of service now
        </li>
      )}
      {nodes.some(({ up }) => !up) && (
        <li>
          <svg width="10" height="10" aria-hidden="true">
            <rect class="node-mark down" width="8" height="8" y="1" />
          </svg>
          down now
        </li>
      )}
    </ul>
  );
}
