// From a generator specification to rows: lazily, in constant memory, the same for the same seed. Each aspect of each population has
// a random stream of its own, so that a change to one never shifts another.
import type { Resources, Rng } from '../../engine/index.ts';
import { durationMs } from '../../written/duration.ts';
import { InputError } from '../../written/input-error.ts';
import { TYPES_OF_THE_PAPERS } from '../formats/instance-size.ts';
import { mergeWorkloads } from '../formats/merge.ts';
import { type KnownResources, NO_NAMED } from '../formats/named-amounts.ts';
import { checkRow, MOST_OTHER_STARTS, type WorkloadRow } from '../formats/row.ts';
import { type Demand, demandSampler, workOf } from './demand.ts';
import { durationSampler, invalid, numberSampler, type Sampler, weightedIndex } from './distribution.ts';
import type { GeneratorSpec, Population } from './spec.ts';
import { drawSubmissions } from './submissions.ts';

/** What a specification leaves to the scenario. */
export interface GeneratorContext {
  /** Instant of the start of the scenario, in milliseconds since the Unix epoch: decides on the day of the week. */
  readonly startMs: number;
  readonly rng: Rng;
  /** Where submissions end when neither a population nor the specification says so. */
  readonly horizonMs?: number | undefined;
  /** For a target load; wins over the specification's own capacity. */
  readonly capacityMilliCpus?: number | undefined;
  /** For a target load; absent: those of the papers. */
  readonly instanceTypes?: ReadonlyMap<string, Resources> | undefined;
  /** The resources that sizes may name beside CPU, memory and disk; absent: none. */
  readonly resources?: KnownResources | undefined;
  /** Where the specification comes from, for messages. */
  readonly file?: string | undefined;
}

/**
 * The rows of all populations in order of submission.
 * @throws InputError (PEX_GENERATOR_INVALID) before the first row, when the parts of the specification do not go together
 */
export async function* generateRows(
  spec: GeneratorSpec,
  context: GeneratorContext,
): AsyncGenerator<WorkloadRow> {
  const specUntilMs = spec.until === undefined ? undefined : durationMs(spec.until);
  const specCapacity = spec.capacity === undefined ? undefined : Math.round(spec.capacity.cpus * 1000);
  const surroundings = {
    ...context,
    horizonMs: specUntilMs ?? context.horizonMs,
    capacityMilliCpus: context.capacityMilliCpus ?? specCapacity,
  };
  const streams = Object.entries(spec.populations).map(([name, population]) =>
    populationRows(name, population, surroundings),
  );
  try {
    yield* mergeWorkloads(streams);
  } catch (error) {
    if (!(error instanceof InputError) || context.file === undefined) throw error;
    throw new InputError(error.code, error.problem, { file: context.file, ...error.place }, { cause: error });
  }
}

function* populationRows(
  name: string,
  population: Population,
  context: GeneratorContext,
): Generator<WorkloadRow> {
  const path = `populations.${name}`;
  checkKind(population, path);
  const rng = context.rng.stream(name);
  const { instanceTypes = TYPES_OF_THE_PAPERS, resources = NO_NAMED } = context;
  const planned = demandSampler(population, rng, path, resources);
  const submissions = drawSubmissions(population, {
    startMs: context.startMs,
    untilMs: context.horizonMs,
    capacityMilliCpus: context.capacityMilliCpus,
    drawWork: () => workOf(planned(), population.loadOf, instanceTypes, path),
    rng,
    path,
  });
  const drawDemand = demandSampler(population, rng, path, resources);
  const drawTerms = termsSampler(population, rng, path);
  const drawPrice = priceSampler(population, rng, path, instanceTypes);
  const drawUser = userSampler(name, population, rng);
  let ordinal = 0;
  for (const submitMs of submissions) {
    const demand = drawDemand();
    const row: WorkloadRow = {
      id: `${name}-${++ordinal}`,
      kind: population.kind,
      submitMs,
      ...demand,
      ...drawTerms(submitMs, demand.durationMs),
      ...leastOf(population, demand),
      ...drawPrice(demand),
      user: drawUser(),
      template: population.template,
      buyer: population.buyer,
      providers: population.provider === undefined ? undefined : [population.provider],
      sites: population.sites,
    };
    yield checkDrawn(row, path);
  }
}

/** What is drawn has the bounds of what is read. */
function checkDrawn(row: WorkloadRow, path: string): WorkloadRow {
  try {
    return checkRow(row, {});
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw invalid(path, `draws the request "${row.id}", which cannot be: ${error.message}`);
  }
}

type Terms = Pick<
  WorkloadRow,
  'startMs' | 'orStartsMs' | 'latestStartMs' | 'deadlineMs' | 'cancelMs' | 'waitUntilMs' | 'optional'
>;

/** When a request wants to start and how long it waits. Every stream is drawn once for each request, needed or not. */
function termsSampler(
  population: Population,
  rng: Rng,
  path: string,
): (submitMs: number, durationMs: number) => Terms {
  const durations = (key: 'lead' | 'slack'): Sampler | undefined => {
    const distribution = population[key];
    return distribution === undefined
      ? undefined
      : durationSampler(distribution, rng.stream(key), `${path}.${key}`);
  };
  const drawLead = durations('lead');
  const drawSlack = durations('slack');
  const drawCancel = cancelSampler(population, rng, path);
  const drawWait = waitSampler(population, rng, path);
  const drawOtherStarts = otherStartsSampler(population, rng, path);
  const drawOptional = numberSampler(population.optional, rng.stream('optional'), `${path}.optional`);
  return (submitMs, durationMs) => {
    const leadMs = drawLead?.();
    const startMs = submitMs + (leadMs ?? 0);
    const slackMs = drawSlack?.();
    const latestStartMs = slackMs === undefined ? undefined : startMs + slackMs;
    const isDeadline = population.kind === 'deadline';
    const cancelAfterMs = drawCancel();
    const waitForMs = drawWait();
    const orStartsMs = drawOtherStarts(startMs);
    const stillStartsMs = latestStartMs ?? startMs;
    return {
      startMs: leadMs === undefined ? undefined : startMs,
      ...(orStartsMs !== undefined && { orStartsMs }),
      latestStartMs: isDeadline ? undefined : latestStartMs,
      deadlineMs: isDeadline && latestStartMs !== undefined ? latestStartMs + durationMs : undefined,
      cancelMs: cancelAfterMs === undefined ? undefined : submitMs + cancelAfterMs,
      ...(waitForMs !== undefined && {
        waitUntilMs: waitForMs === Number.POSITIVE_INFINITY ? stillStartsMs : submitMs + waitForMs,
      }),
      optional: Math.round(drawOptional()),
    };
  };
}

/** What its users take as well. */
function leastOf(
  { minDuration, minInstances }: Population,
  { durationMs, instances }: Demand,
): Pick<WorkloadRow, 'minDurationMs' | 'minInstances'> {
  return {
    ...(minDuration !== undefined && { minDurationMs: Math.ceil(minDuration * durationMs) }),
    ...(minInstances !== undefined && { minInstances: Math.ceil(minInstances * instances) }),
  };
}

/** The most that is paid for the whole request: nothing is said where the population says nothing. */
function priceSampler(
  { maxPrice }: Population,
  rng: Rng,
  path: string,
  instanceTypes: ReadonlyMap<string, Resources>,
): (demand: Demand) => Pick<WorkloadRow, 'maxPriceMicros'> {
  if (maxPrice === undefined) return () => ({});
  // Credits for 3.6e9 thousandths of a CPU x milliseconds are micro-credits for 3,600 of them.
  const draw = numberSampler(maxPrice, rng.stream('maxPrice'), `${path}.maxPrice`);
  return (demand) => ({
    maxPriceMicros: Math.round((draw() * workOf(demand, 'duration', instanceTypes, path)) / 3600),
  });
}

/** From submission to withdrawal; undefined for those who stay. */
function cancelSampler({ cancel }: Population, rng: Rng, path: string): () => number | undefined {
  if (cancel === undefined) return () => undefined;
  const whether = rng.stream('cancel');
  const drawAfter = durationSampler(cancel.after, rng.stream('cancel after'), `${path}.cancel.after`);
  return () => {
    const afterMs = drawAfter();
    return whether.next() < cancel.share ? afterMs : undefined;
  };
}

/** From submission until they wait no longer: Infinity: as long as they can start; undefined for those who do not. */
function waitSampler({ wait }: Population, rng: Rng, path: string): () => number | undefined {
  if (wait === undefined) return () => undefined;
  const whether = rng.stream('wait');
  const drawFor =
    wait.for === undefined
      ? () => Number.POSITIVE_INFINITY
      : durationSampler(wait.for, rng.stream('wait for'), `${path}.wait.for`);
  return () => {
    const forMs = drawFor();
    return whether.next() < wait.share ? forMs : undefined;
  };
}

/** The starts that are taken as well; undefined for those who name none. */
function otherStartsSampler(
  { orStart }: Population,
  rng: Rng,
  path: string,
): (startMs: number) => readonly number[] | undefined {
  if (orStart === undefined) return () => undefined;
  const whether = rng.stream('other starts');
  const drawCount = numberSampler(
    orStart.starts,
    rng.stream('other starts number'),
    `${path}.orStart.starts`,
  );
  const drawApart = durationSampler(orStart.apart, rng.stream('other starts apart'), `${path}.orStart.apart`);
  return (startMs) => {
    const count = Math.min(MOST_OTHER_STARTS, Math.max(1, Math.round(drawCount())));
    let lastMs = startMs;
    const startsMs = Array.from({ length: count }, () => {
      lastMs += Math.max(1, drawApart());
      return lastMs;
    });
    return whether.next() < orStart.share ? startsMs : undefined;
  };
}

function userSampler(name: string, { users }: Population, rng: Rng): () => string {
  if (users === undefined) return () => name;
  const weights = Array.from({ length: users.count }, (_, index) => (index + 1) ** -users.zipf);
  const choose = weightedIndex(weights, rng.stream('users'), `populations.${name}.users`);
  return () => `${name}-user-${choose() + 1}`;
}

function checkKind(
  { kind, lead, minDuration, minInstances, orStart, slack }: Population,
  path: string,
): void {
  if (orStart !== undefined && (kind === 'immediate' || kind === 'best-effort' || kind === 'preemptible'))
    throw invalid(
      `${path}.orStart`,
      'is for who asks for a start ahead of time; leave it out, or use kind advance',
    );
  for (const [key, share] of Object.entries({ minDuration, minInstances })) {
    if (share !== undefined && kind !== 'flexible')
      throw invalid(`${path}.${key}`, 'is for the kind flexible; leave it out, or use that kind');
  }
  if (kind === 'immediate' && lead !== undefined) {
    throw invalid(`${path}.lead`, 'an immediate request starts at its submission; leave the lead out');
  }
  if (kind === 'immediate' && slack !== undefined) {
    throw invalid(`${path}.slack`, 'an immediate request starts at its submission; leave the slack out');
  }
  if (kind === 'deadline' && slack === undefined) {
    throw invalid(
      `${path}.slack`,
      'is missing; a population of kind deadline needs it to say when it has to be done',
    );
  }
}
