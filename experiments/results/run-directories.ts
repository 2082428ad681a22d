// Run directories as a sweep of their own making: runs of one scenario under several seeds belong together, and what else is set differently tells them
// apart.
import { basename, join, resolve } from 'node:path';
import { readRunSummary } from '../../reports/files/run-summary.ts';
import { listSettings } from '../../reports/settings-list.ts';
import { WrittenDocument } from '../../written/document.ts';
import { InputError } from '../../written/input-error.ts';
import { USUAL_METRICS } from '../definition/experiment-file.ts';
import type { Combination } from '../definition/factors.ts';
import type { RunOfSweep } from './results-table.ts';

const FACTOR = 'run';
/** More differences than that are no name any more. */
const NAME_LENGTH = 60;

export interface RunsByHand {
  readonly name: string;
  readonly description: string;
  readonly version: string;
  readonly factors: ReadonlyArray<{ readonly name: string; readonly levels: readonly string[] }>;
  readonly seeds: readonly number[];
  readonly baseline: Combination;
  readonly metrics: readonly string[];
  readonly better?: undefined;
  readonly cells: ReadonlyArray<Pick<RunOfSweep, 'key' | 'combination' | 'seed'>>;
  /** In the order in which the directories are given. */
  readonly runs: readonly RunOfSweep[];
}

/** @throws InputError PEX_FILE_UNREADABLE, PEX_USAGE where two runs are of one scenario and seed, or of two versions */
export async function readRunDirectories(paths: readonly string[]): Promise<RunsByHand> {
  const found = [];
  for (const path of paths) {
    const summary = readRunSummary(path, 'the directory of a sweep or of a run');
    const { value } = await WrittenDocument.read(join(path, 'scenario.resolved.yaml'));
    const settings = new Map(
      listSettings(value)
        .filter((setting) => setting.path !== 'seed')
        .map((setting) => [setting.path, setting.value]),
    );
    found.push({ path, summary, settings });
  }
  checkVersions(found.map(({ path, summary }) => [path, summary.version]));
  const groups = new Map<string, typeof found>();
  for (const run of found) {
    const name = JSON.stringify([...run.settings]);
    groups.set(name, [...(groups.get(name) ?? []), run]);
  }
  const differing = differingSettings([...groups.values()].map(([first]) => first!.settings));
  const labels = new Set<string>();
  const runs = [...groups.values()].flatMap((group) => {
    const label = labelOf(group[0]!, differing, labels);
    labels.add(label);
    checkSeeds(group.map(({ path, summary }) => [path, summary.seed]));
    return group.map(({ path, summary }) => ({
      key: path,
      combination: { [FACTOR]: label },
      seed: summary.seed,
      summary,
    }));
  });
  const [first] = found;
  return {
    name: [...new Set(found.map(({ summary }) => summary.scenario))].join(', '),
    description: `Runs in ${found.length} directories, told apart by what is set differently.`,
    version: first!.summary.version,
    factors: [{ name: FACTOR, levels: [...labels] }],
    seeds: [...new Set(runs.map(({ seed }) => seed))].sort((a, b) => a - b),
    baseline: { [FACTOR]: [...labels][0]! },
    metrics: USUAL_METRICS,
    cells: runs.map(({ combination, key, seed }) => ({ combination, key, seed })),
    runs,
  };
}

function checkVersions(versions: ReadonlyArray<readonly [path: string, version: string]>): void {
  const [[, first]] = versions as [readonly [string, string]];
  const other = versions.find(([, version]) => version !== first);
  if (other === undefined) return;
  throw new InputError(
    'PEX_USAGE',
    `was made by OpenPEX ${other[1]}, and others by ${first}: they cannot be compared`,
    {
      file: other[0],
    },
  );
}

function checkSeeds(seeds: ReadonlyArray<readonly [path: string, seed: number]>): void {
  const owners = new Map<number, string>();
  for (const [path, seed] of seeds) {
    const owner = owners.get(seed);
    if (owner !== undefined) {
      throw new InputError('PEX_USAGE', `is the same run as ${owner}: one scenario under the seed ${seed}`, {
        file: path,
      });
    }
    owners.set(seed, path);
  }
}

function differingSettings(all: ReadonlyArray<ReadonlyMap<string, string>>): string[] {
  const paths = new Set(all.flatMap((settings) => [...settings.keys()]));
  const differing = [...paths].filter((path) => new Set(all.map((settings) => settings.get(path))).size > 1);
  // Another policy has other options: its name says enough.
  const named = differing
    .filter((path) => path.endsWith('.name'))
    .map((path) => path.slice(0, -'name'.length));
  return differing.filter((path) => !named.some((group) => path.startsWith(`${group}options`)));
}

/** `allocation.name=first-fit`, or the name of the directory where that would be too long, or taken. */
function labelOf(
  { path, settings }: { readonly path: string; readonly settings: ReadonlyMap<string, string> },
  differing: readonly string[],
  taken: ReadonlySet<string>,
): string {
  const text = differing
    .map((setting) => `${setting.replace(/^policies\./, '')}=${settings.get(setting) ?? 'none'}`)
    .join(', ');
  if (text !== '' && text.length <= NAME_LENGTH && !taken.has(text)) return text;
  const name = basename(resolve(path));
  return taken.has(name) ? path : name;
}
