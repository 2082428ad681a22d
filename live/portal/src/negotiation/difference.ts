// How what is offered differs from what was asked, term by term. Pure.
import type { Proposal } from '../../../wire/negotiation.ts';
import { formatMoment, formatSpan } from '../text/time.ts';

export type Term = 'start' | 'duration' | 'type' | 'fixed' | 'option' | 'template';

/** The terms that can differ; a Proposal is one. */
export type Terms = Pick<
  Proposal,
  'type' | 'duration' | 'numInstancesFixed' | 'numInstancesOption' | 'template' | 'startTimeMs'
>;

export interface Difference {
  readonly term: Term;
  /** "2 h later". */
  readonly change: string;
  /** What was asked, in words. */
  readonly asked: string;
}

/** In the order in which the terms are shown; empty when all are as asked. */
export function differences(asked: Terms, offered: Terms, zone?: string): readonly Difference[] {
  const found: Difference[] = [];
  const shift = offered.startTimeMs - asked.startTimeMs;
  if (shift !== 0) {
    found.push({
      term: 'start',
      change: `${formatSpan(shift)} ${shift > 0 ? 'later' : 'earlier'}`,
      asked: formatMoment(asked.startTimeMs, zone),
    });
  }
  const stretch = offered.duration - asked.duration;
  if (stretch !== 0) {
    found.push({
      term: 'duration',
      change: `${formatSpan(stretch)} ${stretch > 0 ? 'longer' : 'shorter'}`,
      asked: formatSpan(asked.duration),
    });
  }
  if (offered.type !== asked.type)
    found.push({ term: 'type', change: `instead of ${asked.type}`, asked: asked.type });
  const number = (term: 'fixed' | 'option', was: number, is: number) => {
    if (was === is) return;
    found.push({ term, change: `${Math.abs(is - was)} ${is > was ? 'more' : 'fewer'}`, asked: String(was) });
  };
  number('fixed', asked.numInstancesFixed, offered.numInstancesFixed);
  number('option', asked.numInstancesOption, offered.numInstancesOption);
  if (offered.template !== asked.template)
    found.push({ term: 'template', change: `instead of ${asked.template}`, asked: asked.template });
  return found;
}

/** "start 2 h later, 1 instance fewer"; "as asked" when nothing differs. */
export function differenceText(found: readonly Difference[]): string {
  if (found.length === 0) return 'as asked';
  const names: Record<Term, string> = {
    start: 'start',
    duration: 'time',
    type: 'type',
    fixed: 'instances',
    option: 'optional instances',
    template: 'template',
  };
  return found.map(({ term, change }) => `${names[term]} ${change}`).join(', ');
}
