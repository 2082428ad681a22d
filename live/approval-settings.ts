// Who is asked before something is granted for good, and what silence means.
export interface ApprovalSettings {
  readonly url: string;
  /** What the POST is signed with: never to be logged. */
  readonly secret: string;
  /** Whose reservations need an approval. */
  readonly of: 'everybody' | 'projects';
  readonly timeoutMs: number;
  /** What it means when no answer comes. */
  readonly whenAway: 'refuse' | 'grant';
}
