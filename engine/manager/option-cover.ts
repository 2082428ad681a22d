// Cover for optional instances: how much CPU is expected to be claimed, at every instant, beside what is guaranteed. The late-binding
// rule of the first implementation (OpenPEX: LateBinding; tech report 3.2): admit when
//   bound + requested fixed + claimRisk x (unbound + requested optional) <= total, here at each instant of the window.
import { NodeCalendar } from '../calendar/node-calendar.ts';
import { endOf, type Proposal } from '../domain/proposal.ts';
import { NO_RESOURCES, type Resources } from '../domain/resources.ts';

export class OptionCover {
  readonly #claimRisk: number;
  readonly #expected: NodeCalendar;
  #withOptions = 0;

  constructor(totalMilliCpus: number, claimRisk: number) {
    this.#claimRisk = claimRisk;
    this.#expected = new NodeCalendar({ ...NO_RESOURCES, milliCpus: totalMilliCpus });
  }

  /** True when the proposal's options, and those outstanding, stay within the claim risk. */
  admits(proposal: Proposal): boolean {
    if (!this.#matters(proposal)) return true;
    return this.#expected.fits(proposal.startMs, endOf(proposal), this.#expectedDemand(proposal));
  }

  /** The first start at or after `notBeforeMs` that is admitted; undefined when there is none up to `latestStartMs`. */
  earliestAdmitted(proposal: Proposal, notBeforeMs: number, latestStartMs: number): number | undefined {
    if (!this.#matters(proposal)) return notBeforeMs;
    const demand = this.#expectedDemand(proposal);
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
    const demand = this.#expectedDemand(proposal);
    const { durationMs } = proposal;
    return this.#expected.latestFit({ demand, durationMs, notBeforeMs, latestStartMs: notAfterMs });
  }

  add(proposal: Proposal): void {
    this.#expected.add(proposal.startMs, endOf(proposal), this.#expectedDemand(proposal));
    if (proposal.numInstancesOption > 0) this.#withOptions += 1;
  }

  /** Takes back what {@link add} entered, from now on. */
  remove(proposal: Proposal, nowMs: number): void {
    const startMs = Math.max(proposal.startMs, nowMs);
    if (startMs < endOf(proposal)) {
      this.#expected.remove(startMs, endOf(proposal), this.#expectedDemand(proposal));
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

  #expectedDemand({ demand, numInstancesFixed, numInstancesOption }: Proposal): Resources {
    const claimed = Math.ceil(this.#claimRisk * numInstancesOption * demand.milliCpus);
    return { ...NO_RESOURCES, milliCpus: numInstancesFixed * demand.milliCpus + claimed };
  }
}
