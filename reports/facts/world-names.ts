// Names that are unique in a world of several providers. Each provider names its own nodes, so two of them may have a rack-001; figures,
// tables and pictures call such a node by both names.
import type { DomainEvent } from '../../engine/index.ts';

type Names = { -readonly [K in 'nodeId' | 'fromNodeId' | 'toNodeId']?: string } & {
  -readonly [K in 'pieces' | 'formerPieces']?: ReadonlyArray<{ readonly nodeId: string }>;
} & { nodeIds?: readonly string[] };

/** The same event, in which each node is called `provider/node`. O(pieces). */
export function namedInWorld(event: DomainEvent): DomainEvent {
  const inWorld = (nodeId: string) => `${event.provider}/${nodeId}`;
  const ofPieces = (pieces: NonNullable<Names['pieces']>) =>
    pieces.map((piece) => ({ ...piece, nodeId: inWorld(piece.nodeId) }));
  const { nodeId, nodeIds, formerPieces, fromNodeId, toNodeId, pieces } = event as Names;
  const names: Names = {};
  if (nodeId !== undefined) names.nodeId = inWorld(nodeId);
  if (fromNodeId !== undefined) names.fromNodeId = inWorld(fromNodeId);
  if (toNodeId !== undefined) names.toNodeId = inWorld(toNodeId);
  if (nodeIds !== undefined) names.nodeIds = nodeIds.map(inWorld);
  if (formerPieces !== undefined) names.formerPieces = ofPieces(formerPieces);
  if (pieces !== undefined) names.pieces = ofPieces(pieces);
  return { ...event, ...names } as DomainEvent;
}
