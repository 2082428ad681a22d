// The hybrid manager's rules: whose rest costs the least in a public cloud goes there; what is almost done is let be. The dissertation's
// Algorithm 1 after Imteyaz et al., in a reading that can be carried out: docs/systems.md has what the letter of it cannot.
import { type Static, Type } from 'typebox';
import { type Proposal, preemptionPolicy, type VictimView } from '../../engine/for-policies.ts';
import { durationMs, durationOption } from '../../written/duration.ts';
import { type Rates, rateOptions, ratesOf } from '../pricing/rates.ts';

const options = Type.Object({
  cpuHour: rateOptions.cpuHour,
  memoryGibHour: rateOptions.memoryGibHour,
  diskGibHour: rateOptions.diskGibHour,
  billingIncrement: rateOptions.billingIncrement,
  letBeFrom: Type.Number({
    default: 0.5,
    minimum: 0,
    maximum: 1,
    description:
      'What has run for this share of its duration or more is let be, as long as others are enough.',
  }),
  wait: durationOption({
    default: '1h',
    description:
      'Nobody gives way when others are not enough and something that is let be ends within this time from the start that is asked for.',
  }),
});

export const ruleBased = preemptionPolicy({
  name: 'rule-based',
  summary:
    'The lease gives way first whose rest is the cheapest in a public cloud; what is half done is let be.',
  guide: {
    rule: 'If any lease is enough alone, those, else those with at least half of the CPUs that are asked for; by the price of what is left of them at the rates given, among equals the oldest. First those that have run for less than `letBeFrom` of their duration; then, unless one of the others ends within `wait`, these.',
    origin:
      "Rule-based manager of Imteyaz et al. with the deadlines of the dissertation's Algorithm 1 (chapter 3), in a reading without its contradictions.",
    use: 'In a private cloud beside a public one, with users who move on (`users.movesOn`).',
  },
  options,
  create: ({ letBeFrom, wait, ...rates }: Static<typeof options>) => {
    const priced = ratesOf({ ...rates, penaltyShare: 0, resourceHours: {} });
    const waitMs = durationMs(wait);
    return {
      order(proposal, victims) {
        const alone = victims.filter(({ isEnoughAlone }) => isEnoughAlone);
        const half = (proposal.numInstancesFixed * proposal.demand.milliCpus) / 2;
        const candidates =
          alone.length > 0
            ? alone
            : victims.filter(({ demand, instances }) => instances * demand.milliCpus >= half);
        const sorted = candidates
          .map((victim) => ({ victim, ...restOf(victim, proposal, priced) }))
          .sort((a, b) => a.price - b.price);
        const young = sorted.filter(({ done }) => done < letBeFrom);
        const letBe = sorted.filter(({ done }) => done >= letBeFrom);
        const endsSoon = letBe.some(({ leftMs }) => leftMs < waitMs);
        return (endsSoon ? young : [...young, ...letBe]).map(({ victim }) => victim);
      },
    };
  },
});

/** What there is of a lease when the proposal starts: done, as a share of its duration; left; and what a public cloud takes for it. */
function restOf(victim: VictimView, proposal: Proposal, rates: Rates) {
  const { demand, durationMs: wholeMs, endMs, instances, lostMs, startMs } = victim;
  const leftMs = endMs - Math.max(startMs, proposal.startMs);
  const sold = { ...proposal, demand, numInstancesFixed: instances, durationMs: leftMs + lostMs };
  const price = rates.perHour(sold, { resources: [] }) * rates.billedMs(sold);
  return { done: 1 - leftMs / wholeMs, leftMs, price };
}
