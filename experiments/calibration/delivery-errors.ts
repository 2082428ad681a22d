// How far a prediction of what is delivered is off what was delivered: the mean over runs, with its interval.
import { type MeanInterval, meanInterval } from '../statistics/intervals.ts';

/** Figures of a history by name; null where there is nothing to measure. */
export type DeliveryFigure =
  | 'vmHours'
  | 'starts'
  | 'startDelayMedianMs'
  | 'startDelayMeanMs'
  | 'migrations'
  | 'migrationMeanMs'
  | 'migrationDowntimeMeanMs'
  | 'operationFailures';
type Figures = Readonly<Record<DeliveryFigure, number | null>>;

export interface DeliveryError {
  readonly figure: DeliveryFigure;
  readonly recorded: number | null;
  /** Over the runs that have it; null: none has. */
  readonly predicted: MeanInterval | null;
  /** (predicted - recorded) / recorded; null where that is not known, or where 0 was recorded. */
  readonly error: number | null;
}

interface Row {
  readonly figure: DeliveryFigure;
  readonly title: string;
  /** Of one, as people read it. */
  readonly unit: { readonly of: number; readonly digits: number };
}

const SECONDS = { of: 1000, digits: 2 };
const COUNT = { of: 1, digits: 1 };
const ROWS: readonly Row[] = [
  { figure: 'vmHours', title: 'VM-hours delivered', unit: { of: 1, digits: 2 } },
  { figure: 'starts', title: 'VMs that came up', unit: COUNT },
  { figure: 'startDelayMedianMs', title: 'start delay, median (s)', unit: SECONDS },
  { figure: 'startDelayMeanMs', title: 'start delay, mean (s)', unit: SECONDS },
  { figure: 'migrations', title: 'live migrations', unit: COUNT },
  { figure: 'migrationMeanMs', title: 'live migration, mean (s)', unit: SECONDS },
  { figure: 'migrationDowntimeMeanMs', title: 'standstill of one, mean (s)', unit: { of: 1000, digits: 3 } },
  { figure: 'operationFailures', title: 'failed operations', unit: COUNT },
];

export function deliveryErrors({
  predicted,
  recorded,
}: {
  readonly recorded: Figures;
  readonly predicted: readonly Figures[];
}): DeliveryError[] {
  return ROWS.map(({ figure }) => {
    const values = predicted.map((run) => run[figure]).filter((value) => value !== null);
    const interval = values.length === 0 ? null : meanInterval(values);
    const was = recorded[figure];
    const error = was === null || was === 0 || interval === null ? null : interval.mean / was - 1;
    return { figure, recorded: was, predicted: interval, error };
  });
}

export function deliveryText(errors: readonly DeliveryError[]): string {
  const rows = errors.map(({ error, figure, predicted, recorded }) => {
    const { title, unit } = ROWS.find((row) => row.figure === figure)!;
    const text = (value: number) => (value / unit.of).toFixed(unit.digits);
    const interval = predicted?.halfWidth == null ? '' : ` ± ${text(predicted.halfWidth)}`;
    return [
      title,
      recorded === null ? '-' : text(recorded),
      predicted === null ? '-' : `${text(predicted.mean)}${interval}`,
      error === null ? '' : `${error < 0 ? '' : '+'}${(error * 100).toFixed(1)} %`,
    ];
  });
  const all = [['', 'delivered', 'predicted', 'error'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]!.length)));
  return all
    .map((row) => {
      const [title, ...cells] = row.map((cell, i) =>
        i === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[i]!),
      );
      return `${[title, ...cells].join('   ').trimEnd()}\n`;
    })
    .join('');
}
