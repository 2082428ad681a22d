// Which way the figures of summary.json are better, where nobody says otherwise.

export type Direction = 'higher' | 'lower' | 'same';

/** By the first part of their names; others have no better side of themselves. */
export const USUAL_DIRECTION: Readonly<Record<string, Direction>> = {
  accepted: 'higher',
  acceptedFirstOffer: 'higher',
  rejected: 'lower',
  capacityLost: 'lower',
  acceptanceRatio: 'higher',
  userAcceptanceRatio: 'higher',
  firstOfferRatio: 'higher',
  counterSuccessRatio: 'higher',
  rejectionRatio: 'lower',
  acceptanceRatioByCpuHours: 'higher',
  cpuHoursAgreed: 'higher',
  agreedRatioByCpuHours: 'higher',
  rejectionsByReason: 'lower',
  holdWithoutDealMs: 'lower',
  cpuHoursHeldInVain: 'lower',
  startDisplacementMs: 'lower',
  counteredDisplacementMs: 'lower',
  queueWaitMs: 'lower',
  queueResponseMs: 'lower',
  queueBoundedSlowdown: 'lower',
  queueDoneMs: 'lower',
  fulfilled: 'higher',
  failed: 'lower',
  noShowRatio: 'lower',
  bumped: 'lower',
  bumpedRatio: 'lower',
  bumpedCompensation: 'lower',
  cpuHoursDelivered: 'higher',
  cpuHoursUndelivered: 'lower',
  cpuHoursNoShow: 'lower',
  cpuHoursUsed: 'higher',
  utilisation: 'higher',
  availability: 'higher',
  undeliveredMs: 'lower',
  hinderedMs: 'lower',
  revenue: 'higher',
  refunds: 'lower',
  penalties: 'lower',
  revenuePerAcceptedCpuHour: 'higher',
  revenuePerOnlineCpuHour: 'higher',
  energyKwh: 'lower',
};

/**
 * @param figure its dotted name
 * @param unusual of figures that are better otherwise than usual, by such names
 */
export function betterOf(figure: string, unusual: Readonly<Record<string, Direction>> = {}): Direction {
  return unusual[figure] ?? USUAL_DIRECTION[figure.split('.')[0]!] ?? 'same';
}
