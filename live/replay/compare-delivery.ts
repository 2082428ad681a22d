// openpex replay --calibrated, without its terminal: what was delivered, beside what a simulated hypervisor delivers of the same commands.
import { type DomainEvent, EventDigest, formatInstant } from '../../engine/index.ts';
import type { RunDescription, RunOutcome } from '../../reports/run-description.ts';
import { RunReport } from '../../reports/run-report.ts';
import { listSettings } from '../../reports/settings-list.ts';
import { layCalibrated } from '../../scenarios/load/calibrated.ts';
import { loadServedProvider } from '../../scenarios/load/served-provider.ts';
import { InputError } from '../../written/input-error.ts';
import { yamlText } from '../../written/yaml-text.ts';
import { type Delivered, DeliveryFigures } from './delivery-figures.ts';
import { predictDelivery } from './predict-delivery.ts';
import { readFaults } from './recorded-faults.ts';
import { Recording } from './recording.ts';
import type { ReplayOptions } from './replay.ts';

export interface DeliveryOptions extends ReplayOptions {
  /** A file of measured machines, as `openpex calibrate` writes it. */
  readonly calibrated: string;
  /** What was before is delivered, and not measured; absent: all is measured. */
  readonly fromMs?: number | undefined;
  /** At least 1; each draws other durations and failures. */
  readonly runs: number;
  /** After each run, with how many are done. */
  readonly onRun?: (done: number) => void;
}

export interface DeliveryComparison {
  readonly recorded: Delivered;
  /** One for each run. */
  readonly predicted: readonly Delivered[];
}

/**
 * What was delivered, and what a simulated hypervisor delivers of the same commands. The run directory is of the first run.
 * @throws InputError as for the loading of scenarios, PEX_DATABASE when what was recorded does not reach back to the beginning
 */
export async function compareDelivery(options: DeliveryOptions): Promise<DeliveryComparison> {
  const { archives, calibrated, command, database, directory, env, fromMs, runs, version } = options;
  const recording = await Recording.open(database, archives);
  if (recording.beginning !== undefined || (await recording.eventsWithoutInputs()) > 0) {
    const missing = `database ${database.name}: its inputs do not reach back to the beginning, so nothing can be delivered anew; name what was archived of it, too`;
    throw new InputError('PEX_DATABASE', missing);
  }
  const document = recording.provider();
  await layCalibrated(document, calibrated);
  const provider = await loadServedProvider(document, env);
  const { endMs, startMs } = recording.span;
  if (fromMs !== undefined && fromMs >= endMs) {
    const problem = `nothing was recorded later; the recording goes from ${formatInstant(startMs)} to ${formatInstant(endMs)}`;
    throw new InputError('PEX_USAGE', problem, { file: '--from' });
  }
  const measuredFromMs = fromMs ?? startMs;
  const recorded = new DeliveryFigures(measuredFromMs);
  for await (const event of recording.events()) recorded.hear(event);
  const faults = await readFaults(recording.inputs());
  const predict = async (run: number, record: (event: DomainEvent) => void): Promise<RunOutcome> => {
    const digest = new EventDigest();
    const onEvent = (event: DomainEvent) => {
      digest.add(event);
      record(event);
    };
    const inputs = recording.inputs();
    await predictDelivery({ setup: provider.setup(), inputs, faults, startMs, endMs, run, onEvent });
    const virtualMs = endMs - startMs;
    return {
      end: 'horizon',
      virtualMs,
      events: digest.count,
      digest: digest.value(),
      wallMs: 0,
      peakRssMib: 0,
    };
  };
  const predicted: Delivered[] = [];
  for (let run = 0; run < runs; run += 1) {
    const figures = new DeliveryFigures(measuredFromMs);
    if (run > 0 || directory === undefined) await predict(run, (event) => figures.hear(event));
    else {
      const { sharedDiskGib } = provider.cluster;
      const description: RunDescription = {
        scenario: recording.name,
        description: 'The commands that a live service recorded, delivered by a simulated hypervisor.',
        seed: provider.setup().seed,
        version,
        startMs,
        warmUpEndMs: measuredFromMs,
        endMs,
        ...(sharedDiskGib === undefined ? {} : { sharedDiskGib }),
        reproduceCommand: command,
        settings: listSettings(provider.resolved),
      };
      const output = { directory, scenarioYaml: yamlText(provider.resolved) };
      await RunReport.open({ run: description, output }).follow((record) =>
        predict(run, (event) => {
          figures.hear(event);
          record(event);
        }),
      );
    }
    predicted.push(figures.finish(endMs));
    options.onRun?.(run + 1);
  }
  return { recorded: recorded.finish(endMs), predicted };
}
