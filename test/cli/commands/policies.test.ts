import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { policiesJson, policiesText } from '../../../cli/commands/policies.ts';
import { CATALOGUE } from '../../../policies/catalogue.ts';
import { openpex, temporaryFolder } from '../../support/command-line.ts';

describe('openpex policies', () => {
  test('lists every policy by kind, the default marked', () => {
    expect(policiesText()).toMatchInlineSnapshot(`
      "allocation: Which node takes the next instance?
        most-loaded           The node with the largest booked share of CPU time in the window, as in the OpenPEX papers. [default]
        least-loaded          The node with the smallest booked share of CPU time in the window.
        first-fit             The first node of the cluster that has room.
        best-fit              The node on which the instance leaves the least of the scarcest resource free.
        worst-fit             The node on which the instance leaves the most of the scarcest resource free.
        round-robin           The next node with room after the one that was chosen last.
        random                Any node that has room, each equally likely.
        next-fit              The node that was chosen last as long as it has room, then the next one that has.
        least-work-remaining  The node with the least CPU time booked from now on, for each of its CPUs.
        shortest-queue        The node with the fewest instances booked in the window, whatever their size.
        power-of-d            The least loaded of a few nodes that are drawn at random.
        dot-product           The node whose free resources are most of the kind that the instance needs.
        l2-norm               The node on which the instance leaves the shortest vector of free resources.
        cosine                The node whose free resources have most nearly the shape of the instance.
        haizea-greedy         The node with few leases whose free capacity does not change for long, scored as in Haizea.
        spread                The node with the fewest instances of this request, among those the least loaded: anti-affinity.
        pack                  The node that has instances of this request already, else the one that can take the most of them.
        sita                  Nodes for short and nodes for long leases: each class of durations has its own part of the cluster.
        netcont               The node with the least contention: little CPU time booked, and CPUs idle at every instant.
        wlara                 The node with little work whose guests are to answer well within the agreed response time.
        most-reliable         The most loaded of the nodes that are likely to be there to the end, by how often each was lost so far.
        opennebula            Hosts that meet the requirements, the one of the highest rank first, as the scheduler of OpenNebula.
        filters-and-scores    Filters that narrow the choice one after the other, then the highest sum of weighted scores.
        fragmentation         The node on which the instance wastes least of a resource: leaves least that those who ask cannot use.
        gpu-packing           Devices that are shared already, else devices of a node in use, else those of the smallest idle node.

      counter-offer: What is offered when a request is not accepted as it is?
        earliest-start        The start closest to the one asked for; nothing else changes, as in the OpenPEX papers. [default]
        nearest-start         The start closest to the one asked for, before or after it, whatever the user said of earlier ones.
        fewer-instances       As many instances as have room in the window asked for, and cost no more than the user pays.
        smaller-type          The largest smaller instance type of which all instances have room, at no more than the user pays.
        shorter               The longest time from the start asked for that has room, and costs no more than the user pays.
        split                 All of the CPU-hours asked for, in two windows: as much as has room at once, the rest as soon as that has.
        multi-term            The offers that change the least: start, time, instances and type, none of which another offer beats in each.
        price                 Another price for the terms asked for, from that of the list down to a floor; another start where there is no room.
        none                  No counter-offers: what cannot be accepted as asked is rejected.

      pricing: What does a reservation cost?
        flat                  A fixed price for each vCPU, GiB of memory and GiB of disk, by the hour. [default]
        time-of-use           Another rate in some hours of the day, exact to the millisecond at their edges.
        load-dependent        The flat price, times what the booked share of the cluster in the window makes of it.
        tatonnement           The flat price, times a level that rises while more than a target is booked and falls while less is.
        contracts             By the hour on demand, or with a fee at the beginning and a lower rate, whichever is cheaper.
        advance-purchase      The flat price, less a discount that grows with the time between asking and starting; deleting it may cost a fee.
        sla-classes           The flat price, dearer for a class of service with a higher penalty: gold, silver or bronze.
        far                   The guaranteed instances at the full rate, the optional ones at a part of it; claims are paid when they are made.
        k-double              Between what is asked and what the user bids, at a share k of the way: a double auction of two.

      preemption: Which leases give way to a request that has no room?
        none                  Nobody gives way: what has room keeps it. [default]
        youngest              The lease whose session began last gives way first.
        oldest                The lease whose session began first gives way first.
        cheapest-suspension   The lease gives way first that costs the least CPU-time: lost work, or suspending and resuming.
        outbid                Leases whose users bid less for a CPU-hour give way to who bids more: spot instances are evicted.
        rule-based            The lease gives way first whose rest is the cheapest in a public cloud; what is half done is let be.

      migration: Which running VMs change their nodes?
        none                  What runs stays where it is, unless its node is taken out of service. [default]
        make-room             Moves running VMs so that a request fits that would be refused or countered, if that is worth it.
        hotspot               Sandpiper: moves VMs away from nodes that have been too busy and are expected to stay so.
        balance               Moves VMs from the busiest node to the idlest as long as they differ much.
        consolidate           Empties nodes that have little on them onto nodes that are in use anyway.
        evacuate              Empties nodes ahead of their planned maintenance, as room comes free elsewhere.
        liu-cost              Moves from nodes that are too busy the VMs whose migration costs least in downtime, time, traffic and energy.
        gossip                Each node meets another by chance, and the busier of the two gives VMs to the idler.

      waitlist: Whose turn comes first when room comes free for requests that wait?
        fifo                  Whoever has waited longest. [default]
        ageing                The most urgent kind of lease first; who has waited long rises, level by level, up to the first.
        drf                   Whoever has the smallest share of the cluster in that time, of the resource of which they have most.
        best-fit-first        Whoever takes most CPU time of what came free.
        price-first           Whoever pays most for the whole reservation, at the price that it has now.
        lottery               By lot: each draws one when it begins to wait, and keeps it.
        ca-provision          By auction, to the highest bids for a CPU-hour; each pays the densest bid that it keeps out.
        ca-greedy             By auction, to the highest bids by the square root of the CPU-hours: large ones have more of a chance.
        uniform-price         By auction, to the highest bids for a CPU-hour, all at the price of the best bid that loses.

      buyer: What do users do about an offer?
        earliest-slot         Takes any start up to the latest one of the request, and leaves when offered a later one. [default]
        exact-or-nothing      Takes what was asked for and turns down every counter-offer.
        time-flexible         Takes a start that is off by up to a multiple of the duration, in both directions, whatever the request says.
        size-flexible         Takes fewer or smaller instances, a shorter time, or several windows, in its own time: the most CPU-hours of all that is offered.
        price-minimiser       Takes the cheapest of all that is offered, as long as it is what was asked for, and in time.
        bargainer             Bids a part of what it would pay, raises the bid in every round, and takes a price that the next bid would reach.
        tit-for-tat           Raises its bid as the price comes down, by the same share or the same amount, and not otherwise.
        trade-off             Bids for the start that is offered what leaves it as well off as its bid for the start asked for: less, the further off.
        value-of-time         Takes what is worth most beyond its price, where every hour off the start asked for costs value.
        zero-intelligence     Bids at random between nothing and the most that it would pay, in every round anew.

      broker: Which providers is a user led to, and in which order?
        in-order              Every user asks the providers in the order in which the scenario names them. [default]
        private-first         What is critical asks the first provider and no other; the rest asks all, in order.
        cheapest              Asks for quotes, and leads each user to the cheapest provider that has room in time.
        soonest               Asks for quotes, and leads each user to the provider whose start is nearest to the one asked for.
        random                Each user asks the providers in an order of their own, all orders equally likely.

      recovery: What becomes of VMs and reservations whose nodes are out?
        give-up               A reservation fails of which an instance has no node while its window is open, or when it opens. [default]
        wait                  Instances without a node stand still until one has room, and the others of their reservation go on.
        new-offer             Offers a later start, or fewer instances, as soon as a reservation is known to have no nodes at its start.

      provisioning: Which nodes stay on although no VM is on them?
        as-needed             No node stays on that has no VM. [default]
        spare                 Beside the nodes with VMs a fixed number of empty ones is on.
        depas                 Each node asks some others for their load, and by chance calls for more nodes, or leaves.
        cpc                   Foresees the CPUs that VMs will need, and prepares more by what too little would cost.
        benefit-aware         A node stays on or boots if the users it is foreseen to spare a wait are worth more than it costs.

      Options of one: openpex policies NAME. Your own: docs/writing-a-policy.md.
      "
    `);
  });

  test('with a name shows the options', () => {
    expect(policiesText('flat')).toMatchInlineSnapshot(`
      "pricing=flat [default]
      A fixed price for each vCPU, GiB of memory and GiB of disk, by the hour.

      Rule    price = fixed instances x ceil(duration / increment) x increment x sum over resources of amount x rate.
      Source  OpenPEX (the price unit of the implementation); with increment 1h the bill of EC2 in 2009.
      Use     The default: what is asked is what counts, whatever the time and the load.

      Options and their defaults
        cpuHour = 0.1
            Credits for one virtual CPU for an hour.
            Expects an amount of credits from 0 to 1,000,000, such as 0.10.
        memoryGibHour = 0
            Credits for one GiB of memory for an hour.
            Expects an amount of credits from 0 to 1,000,000, such as 0.10.
        diskGibHour = 0
            Credits for one GiB of disk for an hour.
            Expects an amount of credits from 0 to 1,000,000, such as 0.10.
        resourceHours = {}
            Credits for one of each resource that the provider names, for an hour: {gpu: 1.5}. What is not listed costs nothing.
            Expects a group of named entries.
        billingIncrement = "1h"
            The duration is rounded up to a multiple of this; "1ms" bills exactly what is reserved.
            Expects a duration with its unit, such as "10m" or "1h 30m".
        penaltyShare = 0.1
            Share of the price that the provider owes on top of the refund when a reservation fails.
            Expects a number from 0 to 1000.
      "
    `);
    expect(policiesText('allocation=most-loaded')).toMatchInlineSnapshot(`
      "allocation=most-loaded [default]
      The node with the largest booked share of CPU time in the window, as in the OpenPEX papers.

      Rule    argmax of booked CPU time in the window / (CPUs x window).
      Source  OpenPEX tech report, section 3.2.
      Use     The default: the provider of the papers.

      It has no options.
      "
    `);
  });

  test('with a kind lists the policies of that kind', () => {
    expect(policiesText('counter-offer')).toMatchInlineSnapshot(`
      "counter-offer: What is offered when a request is not accepted as it is?
        earliest-start   The start closest to the one asked for; nothing else changes, as in the OpenPEX papers. [default]
        nearest-start    The start closest to the one asked for, before or after it, whatever the user said of earlier ones.
        fewer-instances  As many instances as have room in the window asked for, and cost no more than the user pays.
        smaller-type     The largest smaller instance type of which all instances have room, at no more than the user pays.
        shorter          The longest time from the start asked for that has room, and costs no more than the user pays.
        split            All of the CPU-hours asked for, in two windows: as much as has room at once, the rest as soon as that has.
        multi-term       The offers that change the least: start, time, instances and type, none of which another offer beats in each.
        price            Another price for the terms asked for, from that of the list down to a floor; another start where there is no room.
        none             No counter-offers: what cannot be accepted as asked is rejected.

      Options of one: openpex policies NAME. Your own: docs/writing-a-policy.md.
      "
    `);
  });

  test('gives scripts the schema of the options', () => {
    expect(JSON.parse(policiesJson('earliest-slot'))).toMatchObject([
      {
        kind: 'buyer',
        name: 'earliest-slot',
        default: true,
        options: {
          type: 'object',
          properties: { maxDisplacement: { type: 'string', default: 'unlimited' } },
        },
      },
    ]);
    expect(JSON.parse(policiesJson())).toHaveLength(Object.values(CATALOGUE).flat().length);
  });

  test('takes a name that is like that of a command below it', () => {
    const { code, stdout } = openpex(['policies', 'cpc'], temporaryFolder());
    expect([code, stdout.split('\n')[0]]).toEqual([0, 'provisioning=cpc']);
  });

  test('suggests the name that was meant', () => {
    expect(() => policiesText('wrost-fit')).toThrow(
      'there is no policy "wrost-fit" (did you mean "worst-fit"?)',
    );
  });
});

describe('openpex policies check', () => {
  const fixture = (name: string) => join(process.cwd(), 'test/fixtures/fuzz', `${name}.mjs`);

  test('is red when a rule is broken, and says where', () => {
    const policy = `counter-offer=${fixture('writing-offer')}`;
    const { code, stdout } = openpex(
      ['policies', 'check', policy, '--runs', '4', '--json'],
      temporaryFolder(),
    );
    expect(code).toBe(1);
    const { verdicts } = JSON.parse(stdout);
    const broken = verdicts.filter(({ state }: { state: string }) => state === 'broken');
    expect(broken).toMatchObject([
      { check: 'mutation', first: { what: expect.stringMatching(/writing-offer\.mjs:12:/) } },
    ]);
  });

  test.each([
    ['a file without its kind', ['mine.mjs'], /expected KIND=NAME or KIND=FILE/],
    ['a file of another kind', [`buyer=${fixture('writing-offer')}`], /but a buyer policy is asked for/],
    ['two of a kind', ['pricing=flat', 'pricing=far'], /two policies of one kind/],
    ['no cases', ['pricing=flat', '--runs', '0'], /--runs: expected a whole number of at least 1/],
  ])('%s is bad input', (_what, args, says) => {
    const { code, stderr } = openpex(['policies', 'check', ...args], temporaryFolder());
    expect(code).toBe(2);
    expect(stderr).toMatch(says);
  });
});
