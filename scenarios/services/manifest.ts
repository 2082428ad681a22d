// Service manifests as RESERVOIR has them (OGF25 slides, "Service Manifest"): the components of a service, the elasticity rules that say how much
// of each there is to be, its class of service, and where it may be deployed. What is written, checked as far as a schema cannot.
import { type Static, Type } from 'typebox';
import { WrittenDocument } from '../../written/document.ts';
import { durationMs, finiteDurationOption } from '../../written/duration.ts';
import { type ErrorPlace, InputError } from '../../written/input-error.ts';
import { complete, findProblems, type Problem } from '../../written/written-value.ts';
import { Amounts } from '../formats/instance-size.ts';
import { ElasticityRules, figureName } from './rules.ts';

const NAME = '^[A-Za-z_][A-Za-z0-9_]*$';
const NAME_EXPECTED = 'a name of letters, digits and _ that begins with a letter';

const Component = Type.Object(
  {
    size: Type.Union([Type.String({ minLength: 1, description: 'Name of an instance type.' }), Amounts], {
      expected: 'the name of an instance type, or {cpus, memoryMib, diskGib}',
      description: 'What one instance is at least: the name of an instance type, or amounts.',
    }),
    min: Type.Integer({ minimum: 0, maximum: 10_000, default: 1, description: 'The fewest instances.' }),
    max: Type.Integer({ minimum: 1, maximum: 10_000, default: 100, description: 'The most instances.' }),
    sla: Type.Optional(
      Type.String({
        pattern: NAME,
        expected: NAME_EXPECTED,
        description:
          'SLA(component) = class. Its instances ask for the template SERVICE-CLASS, such as shop-gold, which the pricing policy sla-classes can name.',
      }),
    ),
    template: Type.Optional(
      Type.String({ minLength: 1, description: 'VM template of its instances, in place of that.' }),
    ),
    deploy: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        minItems: 1,
        description:
          'Deploy(component) = {sites}: the only sites, or providers, that are asked for it, the most wanted first.',
      }),
    ),
  },
  { additionalProperties: false, description: 'One component of the service.' },
);

const Series = Type.Union(
  [
    Type.Number({ description: 'The same at all times.' }),
    Type.Object(
      {
        steps: Type.Record(Type.String(), Type.Number(), {
          description: 'From when on it has which value: {0h: 200, 9h: 1400}. Before the first it is 0.',
        }),
        repeats: Type.Optional(
          finiteDurationOption({
            description: 'After so long it begins anew. Absent: it keeps its last value.',
          }),
        ),
      },
      { additionalProperties: false },
    ),
  ],
  { expected: 'a number, or {steps, repeats}' },
);

const ServiceManifest = Type.Object(
  {
    service: Type.String({ pattern: NAME, expected: NAME_EXPECTED, description: 'Its name, and its user.' }),
    components: Type.Record(Type.String(), Component, { description: 'By name.' }),
    rules: Type.Array(Type.String({ minLength: 1 }), {
      default: [],
      description: 'Figure(component) = expression, such as Replicas(C1) = RequestPerSecond(C1) / 500.',
    }),
    metrics: Type.Record(Type.String(), Series, {
      default: {},
      description: 'What is measured, by name: RequestPerSecond(C1), Users(C1).',
    }),
    every: finiteDurationOption({
      default: '5m',
      description: 'The control period: how often the rules are looked at.',
    }),
    term: finiteDurationOption({
      default: '1h',
      description:
        'How long an instance is asked for at a time; who is still needed then is asked for again.',
    }),
    coolDown: finiteDurationOption({
      default: '10m',
      description: 'For so long after a change of a component none of its instances is taken away.',
    }),
    patience: finiteDurationOption({
      default: '5m',
      description: 'How much later than asked an instance may begin.',
    }),
  },
  { additionalProperties: false },
);
type Written = Static<typeof ServiceManifest>;
type WrittenSeries = Static<typeof Series>;

/** A value over time, from the beginning of the service. */
export interface MetricSeries {
  readonly steps: readonly { readonly fromMs: number; readonly value: number }[];
  /** Infinity: it keeps its last value. */
  readonly repeatsMs: number;
}

export interface ServiceComponent {
  readonly name: string;
  readonly size: string | Amounts;
  readonly min: number;
  readonly max: number;
  /** Absent: the usual one. */
  readonly template?: string;
  /** The class that its template comes of. Absent: it is named itself, or the usual one. */
  readonly sla?: string;
  /** Absent: any. */
  readonly deploy?: readonly string[];
}

export interface Service {
  readonly name: string;
  readonly components: readonly ServiceComponent[];
  readonly rules: ElasticityRules;
  /** By the names of figures, as {@link figureName} has them. */
  readonly metrics: ReadonlyMap<string, MetricSeries>;
  readonly everyMs: number;
  readonly termMs: number;
  readonly coolDownMs: number;
  readonly patienceMs: number;
}

/** A manifest that was read, and where everything in it stands. */
export interface Manifest {
  readonly service: Service;
  placeOf(path: readonly (string | number)[]): ErrorPlace;
}

/** @throws InputError PEX_FILE_UNREADABLE, PEX_YAML_SYNTAX, or PEX_MANIFEST_INVALID with the place of each problem */
export async function readManifest(file: string): Promise<Manifest> {
  return manifestOf(await WrittenDocument.read(file));
}

/**
 * @param name as messages call it
 * @throws InputError PEX_YAML_SYNTAX, or PEX_MANIFEST_INVALID with the place of each problem
 */
export function parseManifest(text: string, name: string): Manifest {
  return manifestOf(WrittenDocument.parse(text, name));
}

function manifestOf(document: WrittenDocument): Manifest {
  const completed = complete(ServiceManifest, document.value);
  const problems = findProblems(ServiceManifest, completed);
  if (problems.length > 0) throw document.error('PEX_MANIFEST_INVALID', problems);
  const written = completed as Written;
  const contradictions = problemsOf(written);
  if (contradictions.length > 0) throw document.error('PEX_MANIFEST_INVALID', contradictions);
  const placeOf = (path: readonly (string | number)[]) => document.placeOf(path);
  return { service: serviceOf(written, placeOf), placeOf };
}

function problemsOf({ components, every, metrics, term }: Written): Problem[] {
  const problems: Problem[] = [];
  const pattern = new RegExp(NAME);
  if (Object.keys(components).length === 0)
    problems.push({ path: ['components'], message: 'is empty; expected at least one component' });
  for (const [name, { max, min }] of Object.entries(components)) {
    if (!pattern.test(name))
      problems.push({ path: ['components', name], message: `is not ${NAME_EXPECTED}`, atKey: true });
    if (min > max) problems.push({ path: ['components', name], message: 'min is more than max' });
  }
  for (const [name, series] of Object.entries(metrics)) {
    const path = ['metrics', name];
    if (figureName(name) === undefined)
      problems.push({ path, message: 'is no figure; expected Name(component), or a name', atKey: true });
    if (typeof series === 'number') continue;
    for (const from of Object.keys(series.steps))
      if (findProblems(STEP, from).length > 0)
        problems.push({
          path: [...path, 'steps', from],
          message: `is no time; expected ${STEP_EXPECTED}`,
          atKey: true,
        });
    if (series.repeats !== undefined && durationMs(series.repeats) === 0)
      problems.push({ path: [...path, 'repeats'], message: 'is no time; expected more than 0s' });
  }
  if (durationMs(every) === 0)
    problems.push({ path: ['every'], message: 'is no period; expected more than 0s' });
  if (durationMs(term) < durationMs(every))
    problems.push({ path: ['term'], message: `is shorter than the control period, ${every}` });
  return problems;
}

const STEP = finiteDurationOption({ description: '' });
const STEP_EXPECTED = 'a duration with its unit, such as "9h"';

function serviceOf(written: Written, placeOf: Manifest['placeOf']): Service {
  const { components, metrics, service } = written;
  const named = Object.entries(components).map(
    ([name, { deploy, max, min, size, sla, template }]): ServiceComponent => {
      const ownTemplate = template ?? (sla === undefined ? undefined : `${service}-${sla.toLowerCase()}`);
      return {
        name,
        size,
        min,
        max,
        ...(ownTemplate !== undefined && { template: ownTemplate }),
        ...(template === undefined && sla !== undefined && { sla }),
        ...(deploy !== undefined && { deploy }),
      };
    },
  );
  const series = new Map(Object.entries(metrics).map(([name, one]) => [figureName(name)!, seriesOf(one)]));
  const rules = new ElasticityRules(
    named.map(({ name }) => name),
    [...series.keys()],
  );
  for (const [index, rule] of written.rules.entries()) {
    try {
      rules.add(rule);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new InputError('PEX_MANIFEST_INVALID', error.message, placeOf(['rules', index]));
    }
  }
  try {
    rules.close();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InputError('PEX_MANIFEST_INVALID', error.message, placeOf(['rules']));
  }
  return {
    name: service,
    components: named,
    rules,
    metrics: series,
    everyMs: durationMs(written.every),
    termMs: durationMs(written.term),
    coolDownMs: durationMs(written.coolDown),
    patienceMs: durationMs(written.patience),
  };
}

function seriesOf(written: WrittenSeries): MetricSeries {
  if (typeof written === 'number')
    return { steps: [{ fromMs: 0, value: written }], repeatsMs: Number.POSITIVE_INFINITY };
  const steps = Object.entries(written.steps)
    .map(([from, value]) => ({ fromMs: durationMs(from), value }))
    .sort((a, b) => a.fromMs - b.fromMs);
  const repeatsMs = written.repeats === undefined ? Number.POSITIVE_INFINITY : durationMs(written.repeats);
  return { steps, repeatsMs };
}

/** What the metrics of the manifest are then, by the names of figures. @param sinceMs from the beginning of the service */
export function measuredAt({ metrics }: Service, sinceMs: number): ReadonlyMap<string, number> {
  return new Map([...metrics].map(([figure, series]) => [figure, valueAt(series, sinceMs)]));
}

function valueAt({ repeatsMs, steps }: MetricSeries, sinceMs: number): number {
  const atMs = repeatsMs === Number.POSITIVE_INFINITY ? sinceMs : sinceMs % repeatsMs;
  return steps.findLast(({ fromMs }) => fromMs <= atMs)?.value ?? 0;
}
