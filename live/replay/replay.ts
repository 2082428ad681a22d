// openpex replay, without its terminal: the recorded commands under the recorded settings, or the recorded requests under others.
import { type Commit, type DomainEvent, EventDigest } from '../../engine/index.ts';
import type { RunDescription, RunOutcome } from '../../reports/run-description.ts';
import { RunReport } from '../../reports/run-report.ts';
import { listSettings } from '../../reports/settings-list.ts';
import type { ComparedRun } from '../../reports/terminal/comparison-table.ts';
import { layCalibrated } from '../../scenarios/load/calibrated.ts';
import { loadScenario } from '../../scenarios/load/scenario.ts';
import { loadServedProvider, type ServedProvider } from '../../scenarios/load/served-provider.ts';
import { applyPolicy, applyScenarioSetting } from '../../scenarios/load/settings.ts';
import { ServedProviderFile } from '../../scenarios/schema/provider.ts';
import { InputError } from '../../written/input-error.ts';
import { parseSetting, type Setting } from '../../written/setting.ts';
import { suggestion } from '../../written/suggestion.ts';
import type { Environment } from '../../written/variables.ts';
import { yamlText } from '../../written/yaml-text.ts';
import type { Database } from '../database/open-database.ts';
import { JournalReports } from '../report/journal-reports.ts';
import { vmIdOf } from '../vm-id.ts';
import { type ComparisonResult, DecisionComparison } from './decision-comparison.ts';
import { asStoredBy010, replayEvents } from './from-0.1.0/replay-events.ts';
import { readDemand } from './recorded-requests.ts';
import { Recording } from './recording.ts';
import { type RecordedInput, replayInputs } from './replay-inputs.ts';
import { type Candidate, whatIf } from './what-if.ts';

export interface ReplayOptions {
  /** Opened for reading. */
  readonly database: Database;
  /** What was archived of it, in any order, or a part of that; absent: nothing. */
  readonly archives?: readonly Database[];
  /** Of OpenPEX. */
  readonly version: string;
  /** For the variables in the settings. */
  readonly env: Environment;
  /** The command line that says the same, for the report. */
  readonly command: string;
  /** Where to leave a run directory; absent: none is left. */
  readonly directory?: string;
}

export interface RepeatOptions extends ReplayOptions {
  /** Everything that the provider did in the replay, in order, with what it had the hypervisor do; of what version 0.1.0 recorded nothing. */
  readonly onCommit?: (commit: Commit) => void;
}

/**
 * The recorded commands through the manager, under the settings that the service had last.
 * @returns which requests were decided as recorded
 * @throws InputError PEX_DATABASE when nothing was recorded, PEX_FILE_UNWRITABLE
 */
export async function repeat(options: RepeatOptions): Promise<ComparisonResult> {
  const { archives, command, database, directory, env, onCommit = () => undefined, version } = options;
  const recording = await Recording.open(database, archives);
  const provider = await loadServedProvider(recording.provider(), env);
  const comparison = new DecisionComparison();
  const digest = new EventDigest();
  const { beginning } = recording;
  const { endMs, startMs } = recording.span;
  let lastMs = startMs;
  const replay = async (record: (event: DomainEvent) => void): Promise<RunOutcome> => {
    const onEvent = (event: DomainEvent) => {
      digest.add(event);
      comparison.replayed(event);
      record(event);
    };
    const recorded = new RecordedEvents(recording.events(), beginning?.eventSeq ?? 0, (event) => {
      lastMs = event.atMs;
      comparison.recorded(event);
    });
    for await (const event of recording.carried()) record(event);
    const from010 = await recording.eventsWithoutInputs();
    // Version 0.1.0 drew the ids of VMs by chance.
    const setup = { ...provider.setup(), vmIdOf: from010 === 0 ? vmIdOf : await recording.vmIds() };
    const before = await replayEvents({ setup, recording: recorded.upTo(from010), onEvent });
    const snapshot = before === undefined ? beginning?.snapshot : asStoredBy010(before);
    await replayInputs({
      setup,
      ...(snapshot === undefined ? {} : { snapshot }),
      inputs: alongside(recording.inputs(), recorded),
      onCommit: (commit) => {
        for (const event of commit.events) onEvent(event);
        onCommit(commit);
      },
    });
    return {
      end: 'horizon',
      virtualMs: lastMs - startMs,
      events: digest.count,
      digest: digest.value(),
      wallMs: 0,
      peakRssMib: 0,
    };
  };
  if (directory === undefined) {
    await replay(() => {});
  } else {
    const { sharedDiskGib } = provider.cluster;
    const run: RunDescription = {
      scenario: recording.name,
      description: 'The commands that a live service recorded, replayed under the same settings.',
      seed: provider.setup().seed,
      version,
      startMs,
      warmUpEndMs: beginning?.atMs ?? startMs,
      endMs,
      ...(sharedDiskGib === undefined ? {} : { sharedDiskGib }),
      reproduceCommand: command,
      settings: listSettings(provider.resolved),
    };
    const output = { directory, scenarioYaml: yamlOf(provider.resolved) };
    await RunReport.open({ run, output }).follow(replay);
  }
  return comparison.finish(lastMs);
}

/**
 * From its first to its last instant so far.
 * @throws InputError PEX_DATABASE when nothing was recorded
 */
export async function spanOf(
  database: Database,
  archives: readonly Database[],
): Promise<{ readonly startMs: number; readonly endMs: number }> {
  return (await Recording.open(database, archives)).span;
}

export interface OtherProvider {
  /** `KIND=NAME` or `KIND=FILE`, instead of the recorded ones or those of the scenario. */
  readonly policies: readonly string[];
  /** `path=value` of its settings, applied after the policies. */
  readonly set?: readonly string[];
  /** A file of measured machines, laid over those of all providers that are simulated. */
  readonly calibrated?: string | undefined;
  /** File or name of a scenario whose provider is to be asked; absent: that of the recording. */
  readonly scenario?: string;
}

/**
 * What really happened, and what the simulator makes of the recorded requests under the recorded settings and under others. The run
 * directory is of the last.
 * @throws InputError as for the loading of scenarios
 */
export async function compareProviders(options: ReplayOptions, other: OtherProvider): Promise<ComparedRun[]> {
  const { archives, command, database, directory, env, version } = options;
  const recording = await Recording.open(database, archives);
  const document = recording.provider();
  if (other.calibrated !== undefined) await layCalibrated(document, other.calibrated);
  const recorded = await loadServedProvider(document, env);
  const asRecorded = { candidate: candidateOf(recorded), resolved: {} };
  const changed = await otherProvider(recording, other, env);
  const demand = await readDemand(recording.everything(), recording.beginning?.atMs);
  const describe = ({ candidate, resolved }: ResolvedCandidate) => ({
    candidate,
    demand,
    description: {
      scenario: recording.name,
      description: 'The requests that a live service recorded, put to another provider.',
      seed: candidate.seed,
      version,
      reproduceCommand: command,
      settings: listSettings(resolved),
    } satisfies Partial<RunDescription>,
  });
  const output = directory === undefined ? undefined : { directory, scenarioYaml: yamlOf(changed.resolved) };
  return [
    {
      title: 'as it went',
      summary: await new JournalReports({
        database,
        ...(archives === undefined ? {} : { archives }),
        version,
      }).summary(),
    },
    { title: 'simulated', summary: await whatIf(describe(asRecorded)) },
    { title: nameOf(other), summary: await whatIf({ ...describe(changed), output }) },
  ];
}

interface ResolvedCandidate {
  readonly candidate: Candidate;
  /** All its settings. */
  readonly resolved: object;
}

async function otherProvider(
  recording: Recording,
  { calibrated, policies, scenario, set = [] }: OtherProvider,
  env: Environment,
): Promise<ResolvedCandidate> {
  if (scenario !== undefined) {
    const loaded = await loadScenario(scenario, { calibrated, policies, set, env });
    const { providers, seed, users } = loaded.world();
    return {
      candidate: { seed, providers, buyer: users.buyer, broker: users.broker },
      resolved: loaded.resolved,
    };
  }
  const document = recording.provider();
  if (calibrated !== undefined) await layCalibrated(document, calibrated);
  for (const choice of policies) applyPolicy(document, choice);
  for (const text of set) applyScenarioSetting(document, providerSetting(text));
  const loaded = await loadServedProvider(document, env);
  return { candidate: candidateOf(loaded), resolved: loaded.resolved };
}

function candidateOf(provider: ServedProvider): Candidate {
  const { seed, ...setup } = provider.setup();
  return { seed, providers: [setup], buyer: provider.buyer() };
}

/** @throws InputError PEX_USAGE when it is none of a provider: nobody would take notice of it */
function providerSetting(text: string): Setting {
  const setting = parseSetting(text);
  const [group] = setting.path;
  const known = Object.keys(ServedProviderFile.properties);
  if (known.includes(String(group))) return setting;
  throw new InputError(
    'PEX_USAGE',
    `"${String(group)}" is no setting of a provider${suggestion(String(group), known)}`,
    { file: setting.origin },
  );
}

function nameOf({ policies, scenario, set = [] }: OtherProvider): string {
  return [...(scenario === undefined ? [] : [scenario]), ...policies, ...set].join(', ');
}

function yamlOf(settings: object): string {
  return yamlText(settings);
}

/** The events of a recording, read on piece by piece, each of them heard once. */
class RecordedEvents {
  readonly #events: AsyncIterator<DomainEvent, void, void>;
  readonly #hear: (event: DomainEvent) => void;
  /** The number of the last one. */
  #read: number;

  /** @param afterSeq the number of the event before the first */
  constructor(
    events: AsyncIterable<DomainEvent, void, void>,
    afterSeq: number,
    hear: (event: DomainEvent) => void,
  ) {
    this.#events = events[Symbol.asyncIterator]();
    this.#read = afterSeq;
    this.#hear = hear;
  }

  /** Those that follow, up to the one of that number. */
  async *upTo(seq: number): AsyncGenerator<DomainEvent, void, void> {
    while (this.#read < seq) {
      const { done, value } = await this.#events.next();
      if (done === true) return;
      this.#read += 1;
      this.#hear(value);
      yield value;
    }
  }
}

/** The inputs, each after the events that were recorded before it, so that both histories are told side by side. */
async function* alongside(
  inputs: AsyncIterable<RecordedInput & { readonly firstEvent: number | null }>,
  events: RecordedEvents,
): AsyncGenerator<RecordedInput, void, void> {
  const passOver = async (seq: number) => {
    for await (const _ of events.upTo(seq));
  };
  for await (const input of inputs) {
    if (input.firstEvent !== null) await passOver(input.firstEvent - 1);
    yield input;
  }
  await passOver(Number.POSITIVE_INFINITY);
}
