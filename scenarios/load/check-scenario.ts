// What a schema cannot say: do the parts of a scenario fit together? Each check lists what it finds; none of them stops at the first.
import { formatInstant } from '../../engine/index.ts';
import { durationMs } from '../../written/duration.ts';
import { didYouMean } from '../../written/suggestion.ts';
import type { PathPart, Problem } from '../../written/written-value.ts';
import type { KnownResource } from '../formats/named-amounts.ts';
import { momentMs } from '../schema/fields.ts';
import type { ScenarioFile, WorldFile } from '../schema/scenario.ts';
import { checkSpread, problem } from './check-provider.ts';
import type { LoadedProvider } from './provider.ts';

/** What the checks look at: the completed scenario, and what was made of it. */
interface Checked {
  readonly scenario: ScenarioFile | WorldFile;
  readonly providers: readonly LoadedProvider[];
  readonly startMs: number;
  readonly warmUpMs: number;
}

/** Contradictions in a scenario that matches its schema; empty when there are none. */
export function findContradictions(checked: Checked): Problem[] {
  return [
    ...checkTimes(checked),
    ...checked.providers.flatMap(({ problems }) => problems),
    ...checkNames(checked),
    ...checkTypes(checked),
    ...checkSharedResources(checked),
    ...checkPartners(checked),
    ...checkIncidents(checked),
    ...checkUsers(checked),
  ];
}

function checkTimes({ scenario, warmUpMs }: Checked): Problem[] {
  const horizonMs = durationMs(scenario.horizon);
  if (horizonMs === 0) return [problem(['horizon'], 'expected more than 0s')];
  if (scenario.warmUp.includes('%') && !Number.isFinite(horizonMs)) {
    return [
      problem(
        ['warmUp'],
        `${scenario.warmUp} of a run without a horizon; give a horizon, or a duration here`,
      ),
    ];
  }
  if (warmUpMs >= horizonMs) {
    return [problem(['warmUp'], `${scenario.warmUp} leaves nothing of a run of ${scenario.horizon}`)];
  }
  return [];
}

function checkNames({ scenario, providers }: Checked): Problem[] {
  if (!('providers' in scenario)) return [];
  if (providers.length === 0) return [problem(['providers'], 'names no provider; expected at least one')];
  return providers
    .filter(({ name }) => !/^[A-Za-z][A-Za-z0-9_-]*$/.test(name))
    .map(({ at, name }) => ({
      ...problem(
        at,
        `"${name}" is no name; expected letters, digits, hyphens and underscores, beginning with a letter`,
      ),
      atKey: true,
    }));
}

/** Users ask for a type by its name, of whichever provider: it has to mean the same everywhere. */
function checkTypes({ providers }: Checked): Problem[] {
  const problems: Problem[] = [];
  const first = new Map<string, LoadedProvider>();
  for (const provider of providers) {
    for (const [type, size] of Object.entries(provider.resolved.instanceTypes)) {
      const other = first.get(type);
      if (other === undefined) first.set(type, provider);
      else if (JSON.stringify(other.resolved.instanceTypes[type]) !== JSON.stringify(size)) {
        problems.push(
          problem([...provider.at, 'instanceTypes', type], `has another size at provider "${other.name}"`),
        );
      }
    }
  }
  return problems;
}

/** A request that names a resource may go to any provider: it has to be counted in the same way everywhere. */
function checkSharedResources({ providers }: Checked): Problem[] {
  const first = new Map<string, { readonly provider: string } & KnownResource>();
  return providers.flatMap(({ at, name: provider, resources }) =>
    [...resources].flatMap(([name, { divisible, inDevices = false }]) => {
      const other = first.get(name);
      first.set(name, other ?? { provider, divisible, inDevices });
      if (other === undefined) return [];
      if (other.inDevices !== inDevices) {
        const why = `comes in ${inDevices ? '' : 'no '}devices, unlike at provider "${other.provider}"`;
        return [problem([...at, 'resources', name], why)];
      }
      if (other.divisible === divisible) return [];
      const problemText = `is ${divisible ? '' : 'not '}divisible, unlike at provider "${other.provider}"`;
      return [problem([...at, 'resources', name, 'divisible'], problemText)];
    }),
  );
}

/** Who is asked for what a provider has no room for must be there, and be another. */
function checkPartners({ providers }: Checked): Problem[] {
  const names = providers.map(({ name }) => name);
  return providers.flatMap(({ at, name, resolved: { outsourcing } }) =>
    (outsourcing?.partners ?? []).flatMap((partner, index) => {
      const path = [...at, 'outsourcing', 'partners', index];
      if (partner === name)
        return [problem(path, 'is this provider itself; expected the name of another one')];
      if (names.includes(partner)) return [];
      const others = names.filter((other) => other !== name);
      return [problem(path, `there is no provider "${partner}"${meantOf(partner, others)}`)];
    }),
  );
}

function checkIncidents({ scenario, providers, startMs }: Checked): Problem[] {
  return scenario.incidents.flatMap((incident, index) => {
    const path = ['incidents', index];
    const problems: Problem[] = [];
    if (momentMs(incident.at, startMs) < startMs) {
      problems.push(
        problem([...path, 'at'], `${incident.at} is before the start at ${formatInstant(startMs)}`),
      );
    }
    problems.push(...checkSpan(incident, path, startMs));
    const owner = ownerOf(incident, path, 'providers' in scenario, providers);
    if ('message' in owner) return [...problems, owner];
    const nodeIds = owner.cluster.nodes.map(({ nodeId }) => nodeId);
    if (!nodeIds.includes(incident.node)) {
      problems.push(
        problem([...path, 'node'], `there is no node "${incident.node}"${meantOf(incident.node, nodeIds)}`),
      );
    }
    return problems;
  });
}

/** From when until when a node is out of service. */
function checkSpan(
  { at, from, kind, until }: ScenarioFile['incidents'][number],
  path: readonly PathPart[],
  startMs: number,
): Problem[] {
  const problems: Problem[] = [];
  if (from !== undefined && kind !== 'maintenance')
    problems.push(problem([...path, 'from'], `belongs to a maintenance, not to "${kind}"; leave it out`));
  if (kind === 'maintenance' && until === undefined)
    problems.push(problem([...path, 'until'], 'is missing; a maintenance ends at a given time'));
  if (kind === 'maintenance' && until === 'never')
    return [...problems, problem([...path, 'until'], 'a maintenance ends at a given time')];
  if (until === undefined || until === 'never') return problems;
  if (kind !== 'maintenance' && kind !== 'drain') {
    return [
      ...problems,
      problem([...path, 'until'], `belongs to a maintenance or a drain, not to "${kind}"; leave it out`),
    ];
  }
  const beginMs = momentMs(at, startMs);
  const fromMs = from === undefined ? beginMs : momentMs(from, startMs);
  if (fromMs < beginMs)
    problems.push(problem([...path, 'from'], `${from} is before ${at}, when it is announced`));
  if (momentMs(until, startMs) <= Math.max(beginMs, fromMs))
    problems.push(problem([...path, 'until'], `${until} is not after ${from ?? at}`));
  return problems;
}

/** Whose node it is that something happens to. */
function ownerOf(
  { provider: name }: ScenarioFile['incidents'][number],
  path: readonly PathPart[],
  isNamed: boolean,
  providers: readonly LoadedProvider[],
): LoadedProvider | Problem {
  const at = [...path, 'provider'];
  if (!isNamed) {
    const [only] = providers;
    if (name !== undefined || only === undefined)
      return problem(at, 'there is one provider, which has no name; leave this out');
    return only;
  }
  const names = providers.map((provider) => provider.name);
  if (name === undefined) return problem(at, `is missing; expected one of ${names.join(', ')}`);
  return (
    providers.find((provider) => provider.name === name) ??
    problem(at, `there is no provider "${name}"${meantOf(name, names)}`)
  );
}

/** Nodes can be many: without a near one, none is listed. */
function meantOf(name: string, known: readonly string[]): string {
  const meant = didYouMean(name, known);
  return meant === undefined ? '' : ` (did you mean "${meant}"?)`;
}

function checkUsers({ scenario: { users }, providers }: Checked): Problem[] {
  const { exchange, lateness, noShow, thinkTime } = users;
  const problems = [
    ...checkSpread(thinkTime, ['users', 'thinkTime']),
    ...checkSpread(lateness, ['users', 'lateness']),
  ];
  if (exchange !== undefined && exchange.ask.min > exchange.ask.max) {
    const { max, min } = exchange.ask;
    problems.push(problem(['users', 'exchange', 'ask'], `min ${min} is more than max ${max}`));
  }
  const activateThemselves = providers.filter(({ resolved }) => resolved.manager.autoActivate);
  const [first] = activateThemselves;
  if (first === undefined || activateThemselves.length < providers.length) return problems;
  const setting = [...first.at.map(String), 'manager', 'autoActivate'].join('.');
  const cannot = (name: string, what: string) =>
    problem(
      ['users', name],
      `nobody can ${what} where reservations activate themselves; set ${setting} to false`,
    );
  if (noShow > 0) problems.push(cannot('noShow', 'fail to show up'));
  if (exchange !== undefined) problems.push(cannot('exchange', 'sell a window'));
  return problems;
}
