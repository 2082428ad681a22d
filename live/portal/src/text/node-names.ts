// Names of nodes as people read them.

const MOST_NAMED = 4;

/** "node-001, node-002", and of many the first: "node-001, node-002, node-003 and 27 more". */
export function formatNodes(nodes: readonly string[]): string {
  if (nodes.length <= MOST_NAMED) return nodes.join(', ');
  const named = nodes.slice(0, MOST_NAMED - 1);
  return `${named.join(', ')} and ${nodes.length - named.length} more`;
}
