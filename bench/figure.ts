// What a benchmark measures: a figure with a target. Those that compare two programs are ratios (ratio.ts), so that the machine and its noise
// cancel out. main.ts measures, prints and records them.

export interface Figure {
  /** Unique; shown in the table. */
  readonly name: string;
  /** `x` of a ratio, else the unit. */
  readonly unit: 'x' | 'ms' | 's' | '/s' | 'KB' | 'MiB';
  /** What is acceptable. Neither: it is shown, and not judged. */
  readonly atLeast?: number;
  readonly atMost?: number;
  /** One of the few that are measured on every change, in seconds. */
  readonly isShort?: boolean;
  measure(): Promise<Reading>;
}

export interface Reading {
  readonly value: number;
  /** Of which rounds, and the rates behind a ratio: for people. */
  readonly beside: string;
}

export interface BenchModule {
  /** What `npm run bench -- FILTER` matches, together with the names of its figures. */
  readonly name: string;
  /** What is measured, and what each side of a comparison does and does not do: for docs/performance.md. */
  readonly about: string;
  readonly figures: readonly Figure[];
}

export function isMet(
  { atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY }: Figure,
  value: number,
): boolean {
  return value >= atLeast && value <= atMost;
}

export function targetOf({ atLeast, atMost, unit }: Figure): string {
  if (atLeast !== undefined) return `≥ ${shown(atLeast, unit)}`;
  return atMost === undefined ? '' : `≤ ${shown(atMost, unit)}`;
}

/** Three digits, or whole. */
export function shown(value: number, unit: Figure['unit']): string {
  const digits = Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
  return unit === 'x' ? `${digits}x` : `${digits} ${unit}`;
}

export function perSecond(rate: number): string {
  if (rate >= 1e6) return `${(rate / 1e6).toFixed(2)} M/s`;
  if (rate >= 1e3) return `${(rate / 1e3).toFixed(1)} k/s`;
  return `${rate.toFixed(1)} /s`;
}

/** Of an even number, the upper of the two in the middle. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
