// What a live migration would cost, as far as a provider can tell beforehand: it knows the size of a VM and how busy it is, and takes its memory to
// be written to the faster the busier it is.
import { Type } from 'typebox';
import { PAGE_BYTES, type RunningView } from '../../engine/for-policies.ts';
import { durationMs, finiteDurationOption } from '../../written/duration.ts';

const MEBIBYTE = 2 ** 20;
const BYTES_PER_S_OF_MBIT = 1e6 / 8;
/** When Xen stops copying in rounds: Akoush et al. 2010, section 3. */
const FEW_PAGES = 50;
const MOST_ROUNDS = 29;
const MOST_TIMES_THE_MEMORY = 3;

export const estimateOptions = {
  linkMbitPerS: Type.Number({
    exclusiveMinimum: 0,
    maximum: 1_000_000,
    default: 1000,
    description: 'What the link between nodes is taken to carry, in Mbit/s.',
  }),
  dirtyPagesPerS: Type.Number({
    minimum: 0,
    maximum: 1e9,
    default: 2000,
    description: 'Pages of 4 KiB that each virtual CPU is taken to write to in a second when it is busy.',
  }),
  overhead: finiteDurationOption({
    default: '30s',
    description: 'What a migration is taken to need beside copying the memory.',
  }),
} as const;

export interface EstimateOptions {
  readonly linkMbitPerS: number;
  readonly dirtyPagesPerS: number;
  readonly overhead: string;
}

/** Of one migration that has the link to itself. */
export interface Estimate {
  /** From its order to its end. */
  readonly seconds: number;
  readonly downtimeS: number;
  /** On the link. */
  readonly bytes: number;
  /** Of both nodes: 0.512 J for each MB and 20.165 J (Liu et al. 2011). */
  readonly joules: number;
}

/**
 * Akoush et al. 2010, model AVG: rounds n(i+1) = min(D n(i) / R, memory) with Xen's rules for stopping; all of the memory counts as in use.
 * D = pages per second and CPU x CPUs x load.
 */
export function estimateOf(
  { demand, load }: Pick<RunningView, 'demand' | 'load'>,
  { dirtyPagesPerS, linkMbitPerS, overhead }: EstimateOptions,
): Estimate {
  const memory = demand.memoryMib * MEBIBYTE;
  const linkBytesPerS = linkMbitPerS * BYTES_PER_S_OF_MBIT;
  const dirtyBytesPerS = dirtyPagesPerS * (demand.milliCpus / 1000) * load * PAGE_BYTES;
  let sent = 0;
  let left = memory;
  for (let round = 1; round <= MOST_ROUNDS; round += 1) {
    sent += left;
    left = Math.min(memory, (dirtyBytesPerS * left) / linkBytesPerS);
    if (left < FEW_PAGES * PAGE_BYTES || sent > MOST_TIMES_THE_MEMORY * memory) break;
  }
  const bytes = sent + left;
  return {
    seconds: bytes / linkBytesPerS + durationMs(overhead) / 1000,
    downtimeS: left / linkBytesPerS,
    bytes,
    joules: energyOf(bytes),
  };
}

/** Liu et al. 2011, section 4.4: E = 0.512 V + 20.165, V in MB of 10^6 bytes. */
export function energyOf(bytes: number): number {
  return 0.512 * (bytes / 1e6) + 20.165;
}
