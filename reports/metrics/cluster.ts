// The nodes of the cluster: how many there were, and of what shapes.
import type { EventOf, Resources } from '../../engine/index.ts';
import { type Meter, metric } from './metric.ts';

export interface ClusterFigures {
  /** Nodes that ever joined. */
  readonly nodes: number;
  /** In order of the first of each. */
  readonly shapes: ReadonlyArray<{ readonly capacity: Resources; readonly nodes: number }>;
}

class Cluster implements Meter<ClusterFigures> {
  readonly #shapes = new Map<string, { readonly capacity: Resources; nodes: number }>();
  #nodes = 0;
  /** Nodes that left and are not back. */
  readonly #left = new Set<string>();
  /** By their capacity as one object, which nodes of a group share. */
  readonly #known = new WeakMap<Resources, { nodes: number }>();

  readonly hears = {
    'node-joined': (event: EventOf<'node-joined'>) => this.#join(event),
    'node-left': ({ nodeId }: EventOf<'node-left'>) => this.#left.add(nodeId),
  };

  finish(): ClusterFigures {
    return {
      nodes: this.#nodes,
      shapes: Array.from(this.#shapes.values(), (shape) => ({ ...shape })),
    };
  }

  #join({ capacity, nodeId }: EventOf<'node-joined'>): void {
    // One that had left may join again.
    if (this.#left.delete(nodeId)) return;
    this.#nodes += 1;
    const shape = this.#known.get(capacity) ?? this.#shapeOf(capacity);
    shape.nodes += 1;
  }

  #shapeOf(capacity: Resources): { nodes: number } {
    const key = JSON.stringify(capacity);
    const shape = this.#shapes.get(key) ?? { capacity, nodes: 0 };
    this.#shapes.set(key, shape);
    this.#known.set(capacity, shape);
    return shape;
  }
}

export const cluster = metric({
  name: 'cluster',
  over: 'whole run',
  start: () => new Cluster(),
  summary: {
    nodes: { means: 'that ever joined', of: ({ nodes }) => nodes },
  },
});
