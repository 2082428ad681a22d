// Cover for optional instances by a rule of admission control (admission-rules.ts): the rule must hold at every instant of a window. What is outstanding only
// grows where a window begins, so that these instants, and the start, are all that there is to look at.
import { endOf, type Proposal } from '../../domain/proposal.ts';
import {
  ADMISSION_RULES,
  type AdmissionSettings,
  measuredChance,
  type UncertainUse,
} from './admission-rules.ts';
import type { Cover, OptionCover } from './option-cover.ts';

/** A question costs O(outstanding, and those that overlap the window squared): meant for studies, and clusters of a size at which people negotiate. */
export class AdmissionCover implements OptionCover {
  readonly #totalMilliCpus: number;
  readonly #settings: AdmissionSettings;
  readonly #now: () => number;
  readonly #covers = new Set<Cover>();
  #withOptions = 0;

  /** @param now of the provider; which windows are open, where the chance of claims is measured */
  constructor(totalMilliCpus: number, settings: AdmissionSettings, now: () => number) {
    this.#now = now;
    this.#totalMilliCpus = totalMilliCpus;
    this.#settings = settings;
  }

  get hasOptions(): boolean {
    return this.#withOptions > 0;
  }

  admits(proposal: Proposal): boolean {
    if (!this.#matters(proposal)) return true;
    const { startMs } = proposal;
    const endMs = endOf(proposal);
    const beside = [...this.#covers].filter(
      (cover) => cover.fromMs < endMs && startMs < endOf(cover.proposal),
    );
    const instants = new Set([startMs, ...beside.map(({ fromMs }) => Math.max(startMs, fromMs))]);
    const asked = useOf(proposal, 0);
    const holds = ADMISSION_RULES[this.#settings.rule];
    const settings = { ...this.#settings, claimChance: this.#claimChance };
    for (const atMs of instants) {
      const there = beside.filter(({ fromMs, proposal }) => fromMs <= atMs && atMs < endOf(proposal));
      const uses = [asked, ...there.map(({ claimed, proposal }) => useOf(proposal, claimed))];
      if (!holds(uses, this.#totalMilliCpus, settings)) return false;
    }
    return true;
  }

  earliestAdmitted(proposal: Proposal, notBeforeMs: number, latestStartMs: number): number | undefined {
    if (!this.#matters(proposal)) return notBeforeMs;
    // A later start helps only where it lies behind the end of something.
    const ends = [...this.#covers].map((cover) => endOf(cover.proposal));
    return [notBeforeMs, ...ends.filter((ms) => ms > notBeforeMs)]
      .filter((startMs) => startMs <= latestStartMs)
      .sort((a, b) => a - b)
      .find((startMs) => this.admits({ ...proposal, startMs }));
  }

  latestAdmitted(proposal: Proposal, notBeforeMs: number, notAfterMs: number): number | undefined {
    if (!this.#matters(proposal)) return notAfterMs;
    const starts = [...this.#covers].map(({ fromMs }) => fromMs - proposal.durationMs);
    return [notAfterMs, ...starts.filter((ms) => ms < notAfterMs)]
      .filter((startMs) => startMs >= notBeforeMs)
      .sort((a, b) => b - a)
      .find((startMs) => this.admits({ ...proposal, startMs }));
  }

  add(
    proposal: Proposal,
    { claimed = 0, fromMs = proposal.startMs }: { claimed?: number; fromMs?: number } = {},
  ): Cover {
    const cover: Cover = { proposal, claimed, fromMs: Math.max(proposal.startMs, fromMs) };
    if (proposal.numInstancesOption > 0) this.#withOptions += 1;
    this.#covers.add(cover);
    return cover;
  }

  claim(cover: Cover, granted: number): void {
    cover.claimed += granted;
  }

  remove(cover: Cover): void {
    if (!this.#covers.delete(cover)) return;
    if (cover.proposal.numInstancesOption > 0) this.#withOptions -= 1;
  }

  supposing<T>(_proposal: Proposal, over: Iterable<Cover>, fromMs: number, think: () => T): T {
    const spared = [...over].filter((cover) => this.#covers.delete(cover));
    const before = spared.flatMap((cover) => {
      const durationMs = fromMs - cover.proposal.startMs;
      return cover.fromMs < fromMs ? [{ ...cover, proposal: { ...cover.proposal, durationMs } }] : [];
    });
    for (const cover of before) this.#covers.add(cover);
    try {
      return think();
    } finally {
      for (const cover of before) this.#covers.delete(cover);
      for (const cover of spared) this.#covers.add(cover);
    }
  }

  /** What is over is removed by whoever ends it. */
  forgetBefore(): void {}

  /** Counted in whole instances, so that the order in which they came does not matter. */
  get #claimChance(): number {
    const { claimChance: chance, priorOptions: options } = this.#settings;
    if (options === undefined) return chance;
    const seen = { optional: 0, claimed: 0 };
    const nowMs = this.#now();
    for (const { claimed, proposal } of this.#covers) {
      if (proposal.startMs > nowMs || endOf(proposal) <= nowMs) continue;
      seen.optional += proposal.numInstancesOption;
      seen.claimed += claimed;
    }
    return measuredChance(seen, { chance, options });
  }

  #matters(proposal: Proposal): boolean {
    return this.#withOptions > 0 || proposal.numInstancesOption > 0;
  }
}

function useOf(
  { demand: { milliCpus }, numInstancesFixed, numInstancesOption }: Proposal,
  claimed: number,
): UncertainUse {
  return {
    least: (numInstancesFixed + claimed) * milliCpus,
    optional: Math.max(0, numInstancesOption - claimed) * milliCpus,
  };
}
