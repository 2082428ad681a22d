// Terms that a policy made: nobody's schema has checked them.
import type { Proposal } from '../domain/proposal.ts';
import {
  asAsked,
  multiplyResources,
  RESOURCE_NAMES,
  type Resources,
  sameResources,
} from '../domain/resources.ts';
import { frozen } from './frozen.ts';
import type { DraftOffer, DraftPart } from './views.ts';

/** Windows of one offer, the first included. */
export const PARTS_MAX = 4;

/** Whether terms that no schema has checked are terms at all; whether they fit is another question. */
export function isWellFormed(terms: Proposal | null | undefined): terms is Proposal {
  if (typeof terms !== 'object' || terms === null) return false;
  const { demand, durationMs, numInstancesFixed, numInstancesOption, startMs } = terms;
  return (
    isWhole(durationMs, 1) &&
    isWhole(numInstancesFixed, 1) &&
    isWhole(numInstancesOption, 0) &&
    isWhole(startMs, Number.MIN_SAFE_INTEGER) &&
    isDemand(demand)
  );
}

/** Terms as a policy made them, as a value of our own: it may keep what it returned, and write to it later. */
export function ownTerms(terms: Proposal): Proposal {
  return frozen({ ...terms, demand: ownDemand(terms.demand, terms.demand) });
}

/** Micro-credits. */
export function isMoney(value: unknown): value is number {
  return isWhole(value, 0);
}

/** What an offer may change of the proposal, and what each change must be. */
const CHANGES: { readonly [F in keyof DraftOffer]-?: (value: unknown) => boolean } = {
  startMs: (value) => isWhole(value, Number.MIN_SAFE_INTEGER),
  durationMs: (value) => isWhole(value, 1),
  numInstancesFixed: (value) => isWhole(value, 1),
  numInstancesOption: (value) => isWhole(value, 0),
  type: (value) => typeof value === 'string' && value !== '',
  demand: isDemand,
  priceMicros: isMoney,
  rest: (value) =>
    Array.isArray(value) && value.length > 0 && value.length < PARTS_MAX && value.every(isDraftPart),
};

function isDraftPart(part: unknown): part is DraftPart {
  if (typeof part !== 'object' || part === null) return false;
  const { durationMs, numInstancesFixed, startMs, ...more } = part as Partial<DraftPart>;
  return (
    isWhole(startMs, Number.MIN_SAFE_INTEGER) &&
    isWhole(durationMs, 1) &&
    isWhole(numInstancesFixed, 1) &&
    Object.keys(more).length === 0
  );
}

/** The terms of a further window of an offer: what is asked for, then and for so many instances, and nothing that is said of the whole. */
export function partTerms(
  { demand, preference, startsItself, template, type }: Proposal,
  { durationMs, numInstancesFixed, startMs }: DraftPart,
): Proposal {
  return frozen({
    type,
    demand,
    numInstancesFixed,
    numInstancesOption: 0,
    startMs,
    durationMs,
    template,
    ...(startsItself === undefined ? {} : { startsItself }),
    ...(preference === undefined ? {} : { preference }),
  });
}

/** Whether it says nothing but what an offer may change, each as it must be. */
export function isDraftOffer(draft: unknown): draft is DraftOffer {
  if (typeof draft !== 'object' || draft === null || Array.isArray(draft)) return false;
  return Object.entries(draft).every(
    ([name, value]) => value === undefined || CHANGES[name as keyof DraftOffer]?.(value) === true,
  );
}

/** The proposal with the changes of an offer; the very proposal when it changes none of its terms. Shares nothing with the draft. */
export function offeredTerms(
  proposal: Proposal,
  { priceMicros: _, rest: __, ...changes }: DraftOffer,
): Proposal {
  const terms = { ...proposal };
  let differs = false;
  for (const name of Object.keys(changes) as (keyof typeof changes)[]) {
    const change = changes[name];
    const value = typeof change === 'object' ? ownDemand(change, proposal.demand) : change;
    if (value === undefined || isSame(value, proposal[name])) continue;
    differs = true;
    Object.assign(terms, { [name]: value });
  }
  return differs ? frozen(terms) : proposal;
}

function isSame(a: string | number | Resources, b: string | number | Resources): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b;
  return sameResources(a, b);
}

function isDemand(value: unknown): value is Resources {
  if (typeof value !== 'object' || value === null) return false;
  const { models = {}, named = {}, ...fixed } = value as Partial<Resources>;
  if (typeof named !== 'object' || named === null) return false;
  if (typeof models !== 'object' || models === null) return false;
  return (
    RESOURCE_NAMES.every((name) => isWhole(fixed[name], 0)) &&
    Object.values(named).every((amount) => isWhole(amount, 0)) &&
    Object.values(models).every(isListOfNames)
  );
}

function isListOfNames(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

/** The same amounts, on the site and of the models that were asked for, in an object of our own. */
function ownDemand({ models, ...amounts }: Resources, asked: Resources): Resources {
  const own = multiplyResources(amounts, 1);
  if (models === undefined) return asAsked(own, asked);
  const ownModels = Object.entries(models).map(([name, any]) => [name, [...any]] as const);
  return asAsked({ ...own, models: Object.fromEntries(ownModels) }, asked);
}

function isWhole(value: unknown, least: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least;
}
