// Terms as a list; those that differ from what was asked say how, and are marked by more than colour.
import type { ComponentChildren } from 'preact';
import type { Difference, Term, Terms } from '../negotiation/difference.ts';
import { formatMoney } from '../text/money.ts';
import { formatMoment, formatSpan } from '../text/time.ts';
import { Moment } from './moment.tsx';

interface OfferTermsProps {
  readonly terms: Terms;
  readonly differences: readonly Difference[];
  readonly priceMicros: number;
  /** It begins when its turn comes. */
  readonly isQueued?: boolean;
}

export function OfferTerms({ terms, differences, isQueued = false, priceMicros }: OfferTermsProps) {
  const { type, numInstancesFixed, numInstancesOption, startTimeMs, duration, template } = terms;
  const row = (term: Term, label: string, value: ComponentChildren) => {
    const difference = differences.find((one) => one.term === term);
    return (
      <div class={difference === undefined ? undefined : 'changed'}>
        <dt>{label}</dt>
        <dd>
          {value}
          {difference !== undefined && (
            <span class="change">
              <strong>{difference.change}</strong> <span class="muted">(you asked: {difference.asked})</span>
            </span>
          )}
        </dd>
      </div>
    );
  };
  return (
    <dl class="offer-terms">
      {row('start', 'Start', isQueued ? 'when its turn in the queue comes' : <Moment ms={startTimeMs} />)}
      {row(
        'duration',
        'Time',
        isQueued
          ? formatSpan(duration)
          : `${formatSpan(duration)}, until ${formatMoment(startTimeMs + duration)}`,
      )}
      {row('type', 'Type', type)}
      {row('fixed', 'Instances', numInstancesFixed)}
      {(numInstancesOption > 0 || differences.some(({ term }) => term === 'option')) &&
        row('option', 'Optional', numInstancesOption)}
      {row('template', 'Template', template)}
      <div class="total">
        <dt>Price</dt>
        <dd>{formatMoney(priceMicros)}</dd>
      </div>
    </dl>
  );
}
