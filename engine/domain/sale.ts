// A confirmed window that its user sells to another user, instead of leaving it unused.
import type { Proposal } from './proposal.ts';

export interface Sale {
  /** What the new user pays the one before. */
  readonly priceMicros: number;
  /** Of it, what the provider keeps: at most all of it. */
  readonly feeMicros: number;
  /** The request that it was bought for. */
  readonly requestId: string;
  /** What that asks for, within the window. */
  readonly needed: Proposal;
  /** The most that its user would have paid. */
  readonly bidMicros: number;
}
