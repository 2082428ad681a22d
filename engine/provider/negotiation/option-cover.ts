// Cover for optional instances: how much CPU is expected to be used, at every instant. The late-binding rule of the first
// implementation (OpenPEX: LateBinding; tech report 3.2): admit when
//   bound + requested fixed + claimRisk x (unbound + requested optional) <= total, here at each instant of the window.
// Bound are the fixed instances and, from their claim on, the claimed ones; unbound are the options not yet claimed. Its other test
// (refuse when bound + unbound > total, whatever the risk) is left out: at a risk below 1 it would forbid the very overselling.
import { NodeCalendar } from '../../calendar/node-calendar.ts';
import { endOf, type Proposal } from '../../domain/proposal.ts';
import type { Amounts } from '../../domain/resource-space.ts';
import { invariant } from '../../invariant.ts';

/** A reservation as it is expected to use CPUs. */
export interface Cover {
  readonly proposal: Proposal;
  readonly fromMs: number;
  /** Options that are claimed. */
  claimed: number;
}

/** What is sold of optional instances, and whether more may be. */
export interface OptionCover {
  /** Are any sold? While none are, whatever has none itself is admitted. */
  readonly hasOptions: boolean;
  /** True when the proposal's options, and those outstanding, stay within what the provider risks. */
  admits(proposal: Proposal): boolean;
  /** The first start at or after `notBeforeMs` that is admitted; undefined when there is none up to `latestStartMs`. */
  earliestAdmitted(proposal: Proposal, notBeforeMs: number, latestStartMs: number): number | undefined;
  /** The last start at or before `notAfterMs` that is admitted; undefined when there is none from `notBeforeMs` on. */
  latestAdmitted(proposal: Proposal, notBeforeMs: number, notAfterMs: number): number | undefined;
  /** Enters a proposal; one whose window is open from `fromMs` on, with the options that are claimed. */
  add(proposal: Proposal, more?: { claimed?: number; fromMs?: number }): Cover;
  /** Counts `granted` more options as bound from now on, inside the window. */
  claim(cover: Cover, granted: number, nowMs: number): void;
  /** Takes back what {@link add} entered, and what was claimed since, from now on. */
  remove(cover: Cover, nowMs: number): void;
  /** @returns what `think` comes to for a proposal, if others were not expected to use anything from an instant on */
  supposing<T>(proposal: Proposal, over: Iterable<Cover>, fromMs: number, think: () => T): T;
  forgetBefore(ms: number): void;
}

/** The rule of the first implementation. */
export class LateBinding implements OptionCover {
  readonly #totalMilliCpus: number;
  readonly #claimRisk: number;
  readonly #covers = new Set<Cover>();
  /**
   * Kept from the first option on: before, the nodes' own calendars say everything. Twice as large as the cluster. Claims are granted while
   * nodes have room, admitted or not: bound (which nodes hold) and claimRisk x unbound (which was admitted) are each at most the total,
   * their sum may be more. Queries keep the upper half free.
   */
  #expected: NodeCalendar | undefined;
  #withOptions = 0;

  constructor(totalMilliCpus: number, claimRisk: number) {
    this.#totalMilliCpus = totalMilliCpus;
    this.#claimRisk = claimRisk;
  }

  get hasOptions(): boolean {
    return this.#withOptions > 0;
  }

  admits(proposal: Proposal): boolean {
    if (!this.#matters(proposal)) return true;
    return this.#expectation().fits(proposal.startMs, endOf(proposal), this.#queryFor(proposal));
  }

  earliestAdmitted(proposal: Proposal, notBeforeMs: number, latestStartMs: number): number | undefined {
    if (!this.#matters(proposal)) return notBeforeMs;
    const demand = this.#queryFor(proposal);
    return this.#expectation().earliestFit({
      demand,
      durationMs: proposal.durationMs,
      notBeforeMs,
      latestStartMs,
    });
  }

  latestAdmitted(proposal: Proposal, notBeforeMs: number, notAfterMs: number): number | undefined {
    if (!this.#matters(proposal)) return notAfterMs;
    const demand = this.#queryFor(proposal);
    const { durationMs } = proposal;
    return this.#expectation().latestFit({ demand, durationMs, notBeforeMs, latestStartMs: notAfterMs });
  }

  add(
    proposal: Proposal,
    { claimed = 0, fromMs = proposal.startMs }: { claimed?: number; fromMs?: number } = {},
  ): Cover {
    const cover: Cover = { proposal, claimed, fromMs: Math.max(proposal.startMs, fromMs) };
    if (proposal.numInstancesOption > 0) this.#withOptions += 1;
    this.#covers.add(cover);
    if (this.#expected !== undefined) this.#expect(this.#expected, cover, cover.fromMs);
    return cover;
  }

  claim(cover: Cover, granted: number, nowMs: number): void {
    const expected = this.#expectation();
    expected.giveBack(nowMs, endOf(cover.proposal), this.#expectedDemand(cover.proposal, cover.claimed));
    cover.claimed += granted;
    this.#expect(expected, cover, nowMs);
  }

  remove(cover: Cover, nowMs: number): void {
    const { claimed, fromMs, proposal } = cover;
    const startMs = Math.max(fromMs, nowMs);
    if (startMs < endOf(proposal))
      this.#expected?.giveBack(startMs, endOf(proposal), this.#expectedDemand(proposal, claimed));
    this.#covers.delete(cover);
    if (proposal.numInstancesOption > 0) this.#withOptions -= 1;
  }

  supposing<T>(proposal: Proposal, over: Iterable<Cover>, fromMs: number, think: () => T): T {
    if (!this.#matters(proposal)) return think();
    const expected = this.#expectation();
    const spared = [...over]
      .map((cover) => ({
        startMs: Math.max(cover.fromMs, fromMs),
        endMs: endOf(cover.proposal),
        demand: this.#expectedDemand(cover.proposal, cover.claimed),
      }))
      .filter(({ endMs, startMs }) => startMs < endMs);
    for (const { demand, endMs, startMs } of spared) expected.giveBack(startMs, endMs, demand);
    try {
      return think();
    } finally {
      for (const { demand, endMs, startMs } of spared) expected.take(startMs, endMs, demand);
    }
  }

  forgetBefore(ms: number): void {
    this.#expected?.forgetBefore(ms);
  }

  #matters(proposal: Proposal): boolean {
    return this.#withOptions > 0 || proposal.numInstancesOption > 0;
  }

  /** Made when it is first asked. */
  #expectation(): NodeCalendar {
    if (this.#expected !== undefined) return this.#expected;
    const expected = new NodeCalendar(cpuAlone(2 * this.#totalMilliCpus));
    for (const cover of this.#covers) this.#expect(expected, cover, cover.fromMs);
    this.#expected = expected;
    return expected;
  }

  #queryFor(proposal: Proposal): Amounts {
    const [milliCpus] = this.#expectedDemand(proposal, 0);
    return cpuAlone(milliCpus! + this.#totalMilliCpus);
  }

  #expect(expected: NodeCalendar, { claimed, proposal }: Cover, startMs: number): void {
    const endMs = endOf(proposal);
    if (!expected.take(startMs, endMs, this.#expectedDemand(proposal, claimed)))
      invariant(false, 'what is expected stays within twice the cluster', { startMs, endMs, proposal });
  }

  #expectedDemand({ demand, numInstancesFixed, numInstancesOption }: Proposal, claimed: number): Amounts {
    const bound = (numInstancesFixed + claimed) * demand.milliCpus;
    const unbound = (numInstancesOption - claimed) * demand.milliCpus;
    return cpuAlone(bound + Math.ceil(this.#claimRisk * unbound));
  }
}

function cpuAlone(milliCpus: number): Amounts {
  return Float64Array.of(milliCpus, 0, 0);
}
