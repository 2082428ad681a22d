// Nodes with their scores, the best first: a heap in typed arrays that grows as needed and is used again for the next request.

/** Of nodes with one score the lowest comes first. */
export class BestFirst {
  private nodes = new Int32Array(64);
  private scores = new Float64Array(64);
  private size = 0;

  clear(): void {
    this.size = 0;
  }

  add(node: number, score: number): void {
    if (this.size === this.nodes.length) this.grow();
    const { nodes, scores } = this;
    let hole = this.size;
    this.size += 1;
    while (hole > 0) {
      const parent = (hole - 1) >>> 1;
      if (this.precedes(parent, score, node)) break;
      nodes[hole] = nodes[parent]!;
      scores[hole] = scores[parent]!;
      hole = parent;
    }
    nodes[hole] = node;
    scores[hole] = score;
  }

  /** Undefined when there are none. */
  best(): number | undefined {
    return this.size === 0 ? undefined : this.nodes[0];
  }

  /** Whether the best one comes before any node from `node` on with a score of at most `score`. */
  isBefore(score: number, node: number): boolean {
    return this.size > 0 && this.precedes(0, score, node);
  }

  /** Gives the best node another score. */
  rescore(score: number): void {
    this.scores[0] = score;
    this.sink(0);
  }

  /** Takes the best node away. */
  drop(): void {
    const last = this.size - 1;
    this.nodes[0] = this.nodes[last]!;
    this.scores[0] = this.scores[last]!;
    this.size = last;
    this.sink(0);
  }

  private sink(from: number): void {
    const { nodes, scores, size } = this;
    const node = nodes[from]!;
    const score = scores[from]!;
    let hole = from;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= size) break;
      if (child + 1 < size && this.precedes(child + 1, scores[child]!, nodes[child]!)) child += 1;
      if (!this.precedes(child, score, node)) break;
      nodes[hole] = nodes[child]!;
      scores[hole] = scores[child]!;
      hole = child;
    }
    nodes[hole] = node;
    scores[hole] = score;
  }

  private precedes(place: number, score: number, node: number): boolean {
    const own = this.scores[place]!;
    return own > score || (own === score && this.nodes[place]! < node);
  }

  private grow(): void {
    const nodes = new Int32Array(this.nodes.length * 2);
    const scores = new Float64Array(this.nodes.length * 2);
    nodes.set(this.nodes);
    scores.set(this.scores);
    this.nodes = nodes;
    this.scores = scores;
  }
}
