// What a fit says to people: settings that a scenario takes as they are, and how far off they are as comments above.
import { counted } from '../../written/counted.ts';
import { formatDuration } from '../../written/time-text.ts';
import { yamlText } from '../../written/yaml-text.ts';
import type { MigrationFit, PartError } from './fit-migration.ts';
import type { MeasuredMigration } from './measured-migrations.ts';

/** `hypervisor.migration` of a scenario: what was written, with what was fitted. */
export function fittedField(
  written: object,
  { settings }: MigrationFit,
  rows: readonly MeasuredMigration[],
): object {
  const { afterMs, beforeMs, linkMbitPerS } = settings;
  const dirty = rows.flatMap(({ dirtyPagesPerS }) => dirtyPagesPerS ?? []);
  const least = (a: number, b: number) => Math.min(a, b);
  const most = (a: number, b: number) => Math.max(a, b);
  return {
    ...written,
    ...(linkMbitPerS !== undefined && { linkMbitPerS }),
    ...(beforeMs !== undefined && { before: formatDuration(beforeMs) }),
    ...(afterMs !== undefined && { after: formatDuration(afterMs) }),
    ...(dirty.length > 0 && { dirtyPagesPerS: { min: dirty.reduce(least), max: dirty.reduce(most) } }),
  };
}

export function fitText(
  migration: object,
  { crossValidated, fitted, sizes, unseen, warnings }: MigrationFit,
  { file, model }: { readonly file: string; readonly model: string },
): string {
  const lines = [
    `${model} fitted to ${file}`,
    `fitted to:         ${errorText(fitted)}`,
    ...(unseen === undefined ? [] : [`not seen:          ${errorText(unseen)}`]),
    ...(crossValidated === undefined ? [] : [`cross-validated:   ${errorText(crossValidated)}`]),
    ...sizes.map(
      ({ error, isFitted, measuredMeanS, memoryMib, predictedMeanS, rows }) =>
        `${`${memoryMib} MiB, ${isFitted ? 'fitted' : 'not seen'}:`.padEnd(23)} ${counted(rows, 'row')}, ${seconds(measuredMeanS)} measured, ${seconds(predictedMeanS)} predicted (${signed(error)})`,
    ),
    ...warnings,
  ];
  return `${lines.map((line) => `# ${line}\n`).join('')}${yamlText({ hypervisor: { migration } })}`;
}

function errorText({ downtimeMeanAbsoluteError, meanAbsoluteError, rows }: PartError): string {
  const downtime =
    downtimeMeanAbsoluteError === undefined
      ? ''
      : `, of the standstill ${percent(downtimeMeanAbsoluteError)}`;
  return `${counted(rows, 'row')}, mean absolute error ${percent(meanAbsoluteError)}${downtime}`;
}

function signed(share: number): string {
  return `${share < 0 ? '-' : '+'}${percent(Math.abs(share))}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function seconds(value: number): string {
  return `${value.toFixed(2)} s`;
}
