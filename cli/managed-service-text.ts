// Services that follow a manifest as lines of a terminal. Pure.
import type { ManagedService } from '../live/client/index.ts';
import { creditsText, momentText } from './reservation-text.ts';

const REFUSALS = ['REFUSED', 'LOST'];

/** What is on offer, lease by lease, and until when. */
export function offerText(service: ManagedService): string {
  const { holdUntilMs, id, leases = [], name, priceMicros } = service;
  return [
    `${id}  ${name}: on offer until ${momentText(holdUntilMs)}, for ${creditsText(priceMicros)}`,
    ...leases.map(
      (lease) =>
        `  ${lease.id}  ${lease.state === 'HELD' ? creditsText(lease.priceMicros ?? 0) : `refused: ${lease.reason}`}`,
    ),
    `Confirm it: openpex service confirm ${name}\n`,
  ].join('\n');
}

/** How it stands; of one alone also what is measured and what its rules did, the oldest first. */
export function managedServiceText(service: ManagedService): string {
  const { components, endReason, figures, id, leases, metrics, name, priceMicros, status } = service;
  const why = endReason === null ? '' : ` (${endReason})`;
  const lines = [
    `${id}  ${name}  ${status.toLowerCase()}${why}  ${creditsText(priceMicros)}`,
    ...components.map(
      (each) =>
        `  ${each.name}  ${each.booked} of ${each.wanted} wanted, ${each.running} running (${each.min} to ${each.max})`,
    ),
  ];
  if (leases !== undefined) {
    for (const { name: metric, probed, value } of metrics)
      lines.push(`  ${metric} = ${value}${probed === null || probed === value ? '' : `, then ${probed}`}`);
    for (const { name: figure, value } of figures) lines.push(`  ${figure} = ${value}`);
    for (const lease of leases.toReversed())
      lines.push(
        `  ${lease.id}  ${lease.state.toLowerCase()}${REFUSALS.includes(lease.state) ? `: ${lease.reason}` : ''}  ${momentText(lease.startTimeMs)} to ${momentText(lease.endTimeMs)}`,
      );
  }
  return `${lines.join('\n')}\n`;
}
