// Every policy that ships, by kind and name. A new policy is one file and one line here.
import type { PolicyDefinition, PolicyKind } from '../engine/for-policies.ts';
import { type ErrorPlace, InputError } from '../written/input-error.ts';
import { suggestion } from '../written/suggestion.ts';
import { bestFit } from './allocation/best-fit.ts';
import { cosine } from './allocation/cosine.ts';
import { dotProduct } from './allocation/dot-product.ts';
import { filtersAndScores } from './allocation/filters-and-scores.ts';
import { firstFit } from './allocation/first-fit.ts';
import { fragmentation } from './allocation/fragmentation.ts';
import { gpuPacking } from './allocation/gpu-packing.ts';
import { haizeaGreedy } from './allocation/haizea-greedy.ts';
import { l2Norm } from './allocation/l2-norm.ts';
import { leastLoaded } from './allocation/least-loaded.ts';
import { leastWorkRemaining } from './allocation/least-work-remaining.ts';
import { mostLoaded } from './allocation/most-loaded.ts';
import { mostReliable } from './allocation/most-reliable.ts';
import { netcont } from './allocation/netcont.ts';
import { nextFit } from './allocation/next-fit.ts';
import { opennebula } from './allocation/opennebula.ts';
import { pack } from './allocation/pack.ts';
import { powerOfD } from './allocation/power-of-d.ts';
import { random } from './allocation/random.ts';
import { roundRobin } from './allocation/round-robin.ts';
import { shortestQueue } from './allocation/shortest-queue.ts';
import { sita } from './allocation/sita.ts';
import { spread } from './allocation/spread.ts';
import { wlara } from './allocation/wlara.ts';
import { worstFit } from './allocation/worst-fit.ts';
import { cheapest } from './broker/cheapest.ts';
import { inOrder } from './broker/in-order.ts';
import { privateFirst } from './broker/private-first.ts';
import { anyOrder } from './broker/random.ts';
import { soonest } from './broker/soonest.ts';
import { bargainer } from './buyer/bargainer.ts';
import { earliestSlot } from './buyer/earliest-slot.ts';
import { exactOrNothing } from './buyer/exact-or-nothing.ts';
import { priceMinimiser } from './buyer/price-minimiser.ts';
import { sizeFlexible } from './buyer/size-flexible.ts';
import { timeFlexible } from './buyer/time-flexible.ts';
import { titForTat } from './buyer/tit-for-tat.ts';
import { tradeOff } from './buyer/trade-off.ts';
import { valueOfTime } from './buyer/value-of-time.ts';
import { zeroIntelligence } from './buyer/zero-intelligence.ts';
import { earliestStart } from './counter-offer/earliest-start.ts';
import { fewerInstances } from './counter-offer/fewer-instances.ts';
import { multiTerm } from './counter-offer/multi-term.ts';
import { nearestStart } from './counter-offer/nearest-start.ts';
import { none } from './counter-offer/none.ts';
import { price } from './counter-offer/price.ts';
import { shorter } from './counter-offer/shorter.ts';
import { smallerType } from './counter-offer/smaller-type.ts';
import { split } from './counter-offer/split.ts';
import { balance } from './migration/balance.ts';
import { consolidate } from './migration/consolidate.ts';
import { evacuate } from './migration/evacuate.ts';
import { gossip } from './migration/gossip.ts';
import { hotspot } from './migration/hotspot.ts';
import { liuCostPolicy } from './migration/liu-cost.ts';
import { makeRoom } from './migration/make-room.ts';
import { noMigration } from './migration/none.ts';
import { cheapestSuspension } from './preemption/cheapest-suspension.ts';
import { noPreemption } from './preemption/none.ts';
import { oldest } from './preemption/oldest.ts';
import { outbid } from './preemption/outbid.ts';
import { ruleBased } from './preemption/rule-based.ts';
import { youngest } from './preemption/youngest.ts';
import { advancePurchase } from './pricing/advance-purchase.ts';
import { contracts } from './pricing/contracts.ts';
import { far } from './pricing/far.ts';
import { flat } from './pricing/flat.ts';
import { kDouble } from './pricing/k-double.ts';
import { loadDependent } from './pricing/load-dependent.ts';
import { slaClasses } from './pricing/sla-classes.ts';
import { tatonnement } from './pricing/tatonnement.ts';
import { timeOfUse } from './pricing/time-of-use.ts';
import { asNeeded } from './provisioning/as-needed.ts';
import { benefitAware } from './provisioning/benefit-aware.ts';
import { cpc } from './provisioning/cpc.ts';
import { depas } from './provisioning/depas.ts';
import { spare } from './provisioning/spare.ts';
import { giveUp } from './recovery/give-up.ts';
import { newOffer } from './recovery/new-offer.ts';
import { wait } from './recovery/wait.ts';
import { ageing } from './waitlist/ageing.ts';
import { bestFitFirst } from './waitlist/best-fit-first.ts';
import { caGreedy } from './waitlist/ca-greedy.ts';
import { caProvision } from './waitlist/ca-provision.ts';
import { drf } from './waitlist/drf.ts';
import { fifo } from './waitlist/fifo.ts';
import { lottery } from './waitlist/lottery.ts';
import { priceFirst } from './waitlist/price-first.ts';
import { uniformPrice } from './waitlist/uniform-price.ts';

/** The first of each kind is the default: together they are the provider of the papers. */
export const CATALOGUE: {
  readonly [K in PolicyKind]: readonly [PolicyDefinition<K>, ...PolicyDefinition<K>[]];
} = {
  allocation: [
    mostLoaded,
    leastLoaded,
    firstFit,
    bestFit,
    worstFit,
    roundRobin,
    random,
    nextFit,
    leastWorkRemaining,
    shortestQueue,
    powerOfD,
    dotProduct,
    l2Norm,
    cosine,
    haizeaGreedy,
    spread,
    pack,
    sita,
    netcont,
    wlara,
    mostReliable,
    opennebula,
    filtersAndScores,
    fragmentation,
    gpuPacking,
  ],
  'counter-offer': [
    earliestStart,
    nearestStart,
    fewerInstances,
    smallerType,
    shorter,
    split,
    multiTerm,
    price,
    none,
  ],
  pricing: [
    flat,
    timeOfUse,
    loadDependent,
    tatonnement,
    contracts,
    advancePurchase,
    slaClasses,
    far,
    kDouble,
  ],
  migration: [noMigration, makeRoom, hotspot, balance, consolidate, evacuate, liuCostPolicy, gossip],
  preemption: [noPreemption, youngest, oldest, cheapestSuspension, outbid, ruleBased],
  waitlist: [fifo, ageing, drf, bestFitFirst, priceFirst, lottery, caProvision, caGreedy, uniformPrice],
  buyer: [
    earliestSlot,
    exactOrNothing,
    timeFlexible,
    sizeFlexible,
    priceMinimiser,
    bargainer,
    titForTat,
    tradeOff,
    valueOfTime,
    zeroIntelligence,
  ],
  broker: [inOrder, privateFirst, cheapest, soonest, anyOrder],
  recovery: [giveUp, wait, newOffer],
  provisioning: [asNeeded, spare, depas, cpc, benefitAware],
};

/** Name of the policy of that kind that is used when none is named. */
export function defaultPolicyName(kind: PolicyKind): string {
  return CATALOGUE[kind][0].name;
}

/** @throws InputError PEX_POLICY_UNKNOWN with the nearest name, or all of them */
export function findPolicy<K extends PolicyKind>(
  kind: K,
  name: string,
  place: ErrorPlace = {},
): PolicyDefinition<K> {
  const ofKind: readonly PolicyDefinition<K>[] = CATALOGUE[kind];
  const found = ofKind.find((policy) => policy.name === name);
  if (found !== undefined) return found;
  const names = ofKind.map((policy) => policy.name);
  throw new InputError(
    'PEX_POLICY_UNKNOWN',
    `there is no ${kind} policy "${name}"${suggestion(name, names)}`,
    place,
  );
}
