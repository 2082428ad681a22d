// What two who bargain over one pie by alternating offers agree on when each knows how patient the other is: the subgame-perfect equilibrium
// of Rubinstein 1982, "Perfect equilibrium in a bargaining model". An oracle for the tests of bargaining.

export interface Patience {
  /** What a share is worth a round later, of who proposes first and of who answers, from 0 to 1. */
  readonly proposer: number;
  readonly responder: number;
}

/** Share of who proposes first when nothing ends the bargaining. */
export function shareOfProposer({ proposer, responder }: Patience): number {
  return (1 - responder) / (1 - proposer * responder);
}

/** The same when nobody gets anything after so many offers; by backward induction (Stahl 1972). */
export function shareOfProposerIn(rounds: number, patience: Patience): number {
  let share = 1;
  // Seen from the last offer: who proposes leaves the other what waiting for the next offer is worth to them.
  for (let left = rounds - 1; left >= 1; left -= 1) {
    const isFirstsTurn = (left - 1) % 2 === 0;
    share = 1 - (isFirstsTurn ? patience.responder : patience.proposer) * share;
  }
  return share;
}
