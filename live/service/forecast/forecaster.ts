// Questions about what would be, answered beside the service: in a thread of their own, so that nobody waits for them.
import type { Piscina } from 'piscina';
import type { ProviderSnapshot } from '../../../engine/index.ts';
import { loadServedProvider } from '../../../scenarios/load/served-provider.ts';
import { WrittenDocument } from '../../../written/document.ts';
import { InputError } from '../../../written/input-error.ts';
import { type AskedOutage, forecastOutage, type OutageForecast } from './outage-forecast.ts';
import { type WhatIfAnswer, type WhatIfQuestion, whatIf } from './what-if.ts';

interface Of<K extends string, Q> {
  readonly kind: K;
  /** The settings of the provider, as a service stores them. */
  readonly yaml: string;
  readonly snapshot: ProviderSnapshot;
  readonly question: Q;
}

export type ForecastTask =
  | Of<'outage', { readonly asked: AskedOutage; readonly nowMs: number }>
  | Of<'what-if', WhatIfQuestion>;

export type ForecastAnswer =
  | { readonly kind: 'outage'; readonly forecast: OutageForecast }
  | { readonly kind: 'what-if'; readonly answer: WhatIfAnswer }
  /** The question makes no provider; as people are told. */
  | { readonly kind: 'refused'; readonly message: string };

export interface Forecaster {
  answer(task: ForecastTask): Promise<ForecastAnswer>;
  end(): Promise<void>;
}

export async function answerForecast({
  kind,
  question,
  snapshot,
  yaml,
}: ForecastTask): Promise<ForecastAnswer> {
  try {
    if (kind === 'what-if') return { kind, answer: await whatIf(yaml, snapshot, question) };
    const provider = await loadServedProvider(WrittenDocument.parse(yaml, 'the settings of the service'), {});
    return { kind, forecast: forecastOutage(provider, snapshot, question.asked, question.nowMs) };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { kind: 'refused', message: error.message };
  }
}

/** In the thread of whoever asks. */
export const HERE: Forecaster = { answer: answerForecast, end: () => Promise.resolve() };

/** In one other thread, which is begun with the first question and ended when nobody asks any more. */
export function inThread(): Forecaster {
  let pool: Promise<Piscina<ForecastTask, ForecastAnswer>> | undefined;
  const open = async () => {
    const { Piscina: Pool } = await import('piscina');
    return new Pool<ForecastTask, ForecastAnswer>({
      filename: new URL('./forecast-worker.js', import.meta.url).href,
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: 60_000,
      atomics: 'disabled',
    });
  };
  return {
    answer: async (task) => {
      pool ??= open();
      return (await pool).run(task);
    },
    end: async () => (await pool)?.destroy(),
  };
}
