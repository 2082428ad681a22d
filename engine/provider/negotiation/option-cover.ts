// Cover for optional instances: how much CPU is expected to be used, at every instant. The late-binding rule of the first
// implementation (OpenPEX: LateBinding; tech report 3.2): admit when
//   bound + requested fixed + claimRisk x (unbound + requested optional) <= total, here at each instant of the window.
// Bound are the fixed instances and, from their claim on, the claimed ones; unbound are the options not yet claimed. Its other test
// (refuse when bound + unbound > total, whatever the risk) is left out: at a risk below 1 it would forbid the very overselling.
import { NodeCalendar } from '../../calendar/node-calendar.ts';
import { endOf, type Proposal } from '../../domain/proposal.ts';
import type { Amounts } from '../../domain/resource-space.ts';
import { invariant } from '../../invariant.ts';

export class OptionCover {
  readonly #totalMilliCpus: number;
  readonly #claimRisk: number;
  /**
   * Twice as large as the cluster. Claims are granted while nodes have room, admitted or not: bound (which nodes hold) and claimRisk x
   * unbound (which was admitted) are each at most the total, their sum may be more. Queries keep the upper half free.
   */
  readonly #expected: NodeCalendar;
  #withOptions = 0;

  constructor(totalMilliCpus: number, claimRisk: number) {
    this.#totalMilliCpus = totalMilliCpus;
    this.#claimRisk = claimRisk;
    this.#expected = new NodeCalendar(cpuAlone(2 * totalMilliCpus));
  }

  /** True when the proposal's options, and those outstanding, stay within the claim risk. */
  admits(proposal: Proposal): boolean {
    if (!this.#matters(proposal)) return true;
    return this.#expected.fits(proposal.startMs, endOf(proposal), this.#queryFor(proposal));
  }

  /** The first start at or after `notBeforeMs` that is admitted; undefined when there is none up to `latestStartMs`. */
  earliestAdmitted(proposal: Proposal, notBeforeMs: number, latestStartMs: number): number | undefined {
    if (!this.#matters(proposal)) return notBeforeMs;
    const demand = this.#queryFor(proposal);
    return this.#expected.earliestFit({
      demand,
      durationMs: proposal.durationMs,
      notBeforeMs,
      latestStartMs,
    });
  }

  /** The last start at or before `notAfterMs` that is admitted; undefined when there is none from `notBeforeMs` on. */
  latestAdmitted(proposal: Proposal, notBeforeMs: number, notAfterMs: number): number | undefined {
    if (!this.#matters(proposal)) return notAfterMs;
    const demand = this.#queryFor(proposal);
    const { durationMs } = proposal;
    return this.#expected.latestFit({ demand, durationMs, notBeforeMs, latestStartMs: notAfterMs });
  }

  /** Enters a proposal; one whose window is open from `fromMs` on, with the options that are claimed. */
  add(
    proposal: Proposal,
    { claimed = 0, fromMs = proposal.startMs }: { claimed?: number; fromMs?: number } = {},
  ): void {
    const startMs = Math.max(proposal.startMs, fromMs);
    this.#expect(startMs, endOf(proposal), this.#expectedDemand(proposal, claimed));
    if (proposal.numInstancesOption > 0) this.#withOptions += 1;
  }

  /** Counts `granted` more options as bound from now on, inside the window; `claimed` are so already. */
  claim(proposal: Proposal, { claimed, granted }: { claimed: number; granted: number }, nowMs: number): void {
    const endMs = endOf(proposal);
    this.#expected.giveBack(nowMs, endMs, this.#expectedDemand(proposal, claimed));
    this.#expect(nowMs, endMs, this.#expectedDemand(proposal, claimed + granted));
  }

  /** Takes back what {@link add} entered, and what was claimed since, from now on. */
  remove(proposal: Proposal, claimed: number, nowMs: number): void {
    const startMs = Math.max(proposal.startMs, nowMs);
    if (startMs < endOf(proposal)) {
      this.#expected.giveBack(startMs, endOf(proposal), this.#expectedDemand(proposal, claimed));
    }
    if (proposal.numInstancesOption > 0) this.#withOptions -= 1;
  }

  forgetBefore(ms: number): void {
    this.#expected.forgetBefore(ms);
  }

  // While nobody holds an option, the nodes' own calendars already say everything.
  #matters(proposal: Proposal): boolean {
    return this.#withOptions > 0 || proposal.numInstancesOption > 0;
  }

  #queryFor(proposal: Proposal): Amounts {
    const [milliCpus] = this.#expectedDemand(proposal, 0);
    return cpuAlone(milliCpus! + this.#totalMilliCpus);
  }

  #expect(startMs: number, endMs: number, demand: Amounts): void {
    const isExpected = this.#expected.take(startMs, endMs, demand);
    invariant(isExpected, 'what is expected stays within twice the cluster', {
      startMs,
      endMs,
      demand: [...demand],
    });
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
