// Sizes of machines and shares of capacity as people read them.
import type { InstanceType } from '../../../wire/service.ts';
import { formatSpan } from './time.ts';

/** "1 CPU", "4 CPUs". */
export function formatCount(count: number, noun: string, plural = `${noun}s`): string {
  return `${new Intl.NumberFormat('en-GB').format(count)} ${count === 1 ? noun : plural}`;
}

/** "768 MiB" and, from 1 GiB on, "1.5 GiB". */
export function formatMemory(mib: number): string {
  if (mib < 1024) return `${mib} MiB`;
  return `${formatGib(mib)} GiB`;
}

/** 1536 is "1.5". */
export function formatGib(mib: number): string {
  return new Intl.NumberFormat('en-GB', { maximumFractionDigits: 1 }).format(mib / 1024);
}

type Size = Omit<InstanceType, 'name' | 'resources'> & {
  readonly resources: InstanceType['resources'] | undefined;
};

/** "2 CPUs, 1.5 GiB, 20 GiB disk, 0.5 gpu". */
export function formatSize({ cpus, memoryMib, diskGib, resources }: Size): string {
  const fixed = [formatCount(cpus, 'CPU'), formatMemory(memoryMib), `${diskGib} GiB disk`];
  return [...fixed, ...formatNamed(resources)].join(', ');
}

/** Three decimals at most: sums of thousandths. */
export function formatAmount(amount: number): string {
  return new Intl.NumberFormat('en-GB', { maximumFractionDigits: 3 }).format(amount);
}

/** "0.5 gpu", "2 licence": the provider gives the names, so nothing is known of their plurals. */
export function formatNamed(resources: InstanceType['resources'] = {}): string[] {
  return Object.entries(resources).map(([name, amount]) => `${formatAmount(amount)} ${name}`);
}

/** 0.834 is "83 %". A share that is neither none nor all is never shown as such. */
export function formatShare(share: number): string {
  const percent = Math.round(share * 100);
  if (percent <= 0 && share > 0) return '< 1 %';
  if (percent >= 100 && share < 1) return '> 99 %';
  return `${percent} %`;
}

/** "2 × SMALL", with the optional ones: "2 (+1 optional) × SMALL". */
export function formatInstances(fixed: number, optional: number, type: string): string {
  return optional === 0 ? `${fixed} × ${type}` : `${fixed} (+${optional} optional) × ${type}`;
}

/** The first block of a UUID: enough to tell one's reservations apart. */
export function shortId(id: string): string {
  return id.slice(0, 8);
}

/** "CPU-hours in any 7 days": what a limit of a period is about. */
export function rollingText({ of, periodMs }: { readonly of: string; readonly periodMs: number }): string {
  return `${of === 'cpu' ? 'CPU' : of}-hours in any ${formatSpan(periodMs)}`;
}
