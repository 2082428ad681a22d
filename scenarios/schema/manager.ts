// How the provider negotiates and keeps its promises.
import { type Static, Type } from 'typebox';
import { ADMISSION_RULE_NAMES, LEASE_KINDS, USUAL_LEASE_KINDS } from '../../engine/index.ts';
import { durationOption, finiteDurationOption } from '../../written/duration.ts';
import { shareField } from './fields.ts';

const KIND_NAMES = LEASE_KINDS.map(({ name }) => name);

export const NegotiationField = Type.Object(
  {
    hold: finiteDurationOption({
      default: '10m',
      description: 'How long an ACCEPT or a COUNTER holds its capacity for an answer.',
    }),
    pledge: Type.Optional(
      Type.Object(
        {
          share: Type.Number({
            minimum: 0,
            maximum: 1,
            default: 0.1,
            description: 'Of the price of the offer.',
          }),
          keptOf: Type.Enum(['expired', 'unconfirmed'], {
            default: 'expired',
            expected: 'expired or unconfirmed',
            description:
              'What it is kept of: of offers that nobody answered, or also of those that their user declines or deletes.',
          }),
        },
        {
          additionalProperties: false,
          description:
            'What is paid for an offer while it is held. It counts towards the price when the offer is confirmed, and comes back when the offer is let go in time. Offers of a turn on the waitlist, offers that another provider holds, and changes are held for nothing. Absent: so are all.',
        },
      ),
    ),
    maxRounds: Type.Integer({
      minimum: 1,
      default: 5,
      description:
        'Rounds of one negotiation, the first request included. What comes after the last is rejected.',
    }),
    shortestDuration: Type.Optional(
      finiteDurationOption({
        description:
          'A request for a shorter time is rejected as `too-short`. Absent: as long as the slowest VM takes to be created and started (`hypervisor.create`, `hypervisor.start`), and `manager.shutdownLead`. "0s": any will do, for studies of placement alone.',
      }),
    ),
    longestDuration: Type.Optional(
      finiteDurationOption({
        description:
          'A request for a longer time is rejected as `too-long`. Absent: any that ends within the booking horizon.',
      }),
    ),
    leadTime: Type.Optional(
      Type.Object(
        {
          min: finiteDurationOption({
            default: '0s',
            description:
              'A window ahead of time that starts sooner after it is asked for is countered with a later start, or rejected as `too-soon`.',
          }),
          max: durationOption({
            default: 'unlimited',
            description:
              'One that starts later is countered or rejected as `too-far-ahead`; simulated users know, and ask when it can be had. "0s": windows begin when they are asked for.',
          }),
        },
        { additionalProperties: false, description: 'How long ahead windows are asked for.' },
      ),
    ),
    durations: Type.Optional(
      Type.Array(
        Type.Object(
          {
            step: finiteDurationOption({ description: 'Whole multiples of this are sold.' }),
            upTo: finiteDurationOption({ description: 'Up to this length.' }),
          },
          { additionalProperties: false },
        ),
        {
          minItems: 1,
          description:
            'Lengths that are sold, those of shorter steps first; what is asked for another length is offered for the next that is longer, and beyond the last rejected as `too-long`. Of leases that have one given window. Absent: any length.',
        },
      ),
    ),
    binding: Type.Optional(
      Type.Object(
        {
          from: durationOption({
            default: 'unlimited',
            description: 'From so long before its start. "unlimited": from its confirmation.',
          }),
          until: durationOption({
            default: 'unlimited',
            description: 'Until so long after its start, at most to its end. "unlimited": to its end.',
          }),
        },
        {
          additionalProperties: false,
          description:
            'While this lasts a confirmed reservation can be made more, but is neither cancelled nor made less: refused as `committed`. Absent: its user may go back on it.',
        },
      ),
    ),
    untold: Type.Boolean({
      default: false,
      description:
        'Counter-offers with the start that was asked for are given as if nothing else had changed: simulated users take them without looking.',
    }),
    bookingHorizon: finiteDurationOption({
      default: '365d',
      description: 'No reservation may end later than this after now.',
    }),
    kinds: Type.Refine(
      Type.Array(Type.Enum(KIND_NAMES), {
        minItems: 1,
        default: USUAL_LEASE_KINDS.map(({ name }) => name),
        expected: `a list of kinds of lease: ${KIND_NAMES.join(', ')}`,
        description:
          'Kinds of lease that are offered. Requests of a workload that are of another kind are made as windows ahead of time (advance), and what their users leave open is known to them alone.',
      }),
      (kinds) => new Set(kinds).size === kinds.length,
      () => 'names a kind twice',
    ),
    explain: Type.Optional(
      Type.Boolean({
        description:
          'Counter-offers and rejections say what was in the way: the resource, the nodes and the time. Absent: a service does, a simulation does not.',
      }),
    ),
    waitlist: Type.Integer({
      minimum: 0,
      maximum: 100_000,
      default: 1000,
      description:
        'So many requests may wait at a time: of users who say that they wait when there is no room, until when. The policy `waitlist` says whose turn comes first. 0: none waits, and a refusal is the last word.',
    }),
    auctionInterval: finiteDurationOption({
      default: '1h',
      description:
        'Where the policy `waitlist` sells by auction (ca-provision, ca-greedy, uniform-price), it does at whole multiples of this: users who name a highest price and say that they wait bid until then.',
    }),
    turn: finiteDurationOption({
      default: '1h',
      description: 'How long what is offered to whoever waited is held. Then it is the turn of the next.',
    }),
    claimRisk: shareField({
      default: 0.8,
      description:
        'Expected share of optional instances that are claimed. Lower sells more options than there is capacity for (CLAIM_RISK of OpenPEX).',
    }),
    admission: Type.Optional(
      Type.Object(
        {
          rule: Type.Enum([...ADMISSION_RULE_NAMES], {
            expected: ADMISSION_RULE_NAMES.join(', '),
            description:
              'peak: all options may be claimed at once; mean: what is claimed on average fits; hoeffding, gaussian, effective-bandwidth: a margin beyond the mean, by that bound, for the overflow; exact: the chance of an overflow itself.',
          }),
          claimChance: shareField({
            default: 0.25,
            description: 'Chance that a reservation claims its optional instances, all of them.',
          }),
          overflow: Type.Number({
            exclusiveMinimum: 0,
            exclusiveMaximum: 1,
            default: 0.01,
            description: 'How often what is claimed may be more than there is, at any instant.',
          }),
          priorOptions: Type.Optional(
            Type.Number({
              exclusiveMinimum: 0,
              maximum: 1_000_000,
              description:
                'Measures the chance of claims on the windows that are open: (priorOptions x claimChance + claimed) / (priorOptions + optional), in instances. Absent: claimChance is taken as it is.',
            }),
          ),
        },
        {
          additionalProperties: false,
          description:
            'How many optional instances are sold, in place of claimRisk: rules for when the chance of a claim is known.',
        },
      ),
    ),
    overbooking: Type.Optional(
      Type.Object(
        {
          noShowChance: Type.Union(
            [
              Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1 }),
              Type.Literal('learned'),
              Type.Literal('learned-by-user'),
            ],
            {
              expected: 'a number greater than 0 and less than 1, "learned" or "learned-by-user"',
              description:
                'Chance that who has reserved does not come, each by themselves. learned: the least that the record of this provider supports (who was to come and came or did not; nothing is overbooked before somebody has not); half of the risk is that it is less. learned-by-user: that, drawn towards what each user has done as far as users differ.',
            },
          ),
          risk: Type.Number({
            exclusiveMinimum: 0,
            exclusiveMaximum: 1,
            expected: 'a number greater than 0 and less than 1',
            default: 0.001,
            description:
              'Chance at most that who comes for a window that is overbooked is bumped, reckoned when it is offered and again when it is confirmed: exact, by convolution.',
          }),
        },
        {
          additionalProperties: false,
          description:
            'A window ahead of time for which there is no room is offered all the same, as a lease of the kind overbooked, if enough others may stay away from windows around it: it begins when one of them has, within manager.noShowGrace of its start. Absent: nothing is sold twice.',
        },
      ),
    ),
  },
  { additionalProperties: false, default: {}, description: 'The rules of the negotiation.' },
);
export type NegotiationField = Static<typeof NegotiationField>;

export const ManagerField = Type.Object(
  {
    earlyRelease: Type.Boolean({
      default: true,
      description:
        'A reservation whose guests have all shut down by themselves gives back the rest of its window.',
    }),
    keepDisks: Type.Optional(
      finiteDurationOption({
        description:
          'The disk of a guest that has shut down by itself, or cannot be brought or kept up, stays until its window ends, so that it can be started again, and so long after it. Absent: it goes with an early release, or the failure of its reservation; with real VMs: 1h.',
      }),
    ),
    shutdownLead: finiteDurationOption({
      default: '30s',
      description:
        'Clean shutdown begins this long before the end of a window, so that the node is free at its end.',
    }),
    backfilling: Type.Union(
      [
        Type.Literal('none'),
        Type.Literal('easy'),
        Type.Literal('conservative'),
        Type.Integer({ minimum: 0, maximum: 1_000_000 }),
      ],
      {
        default: 'easy',
        expected: '"none", "easy", "conservative", or a number of leases',
        description:
          'Who of the queue (kinds best-effort and preemptible) may begin before his turn: none (first come, first served); easy: whoever does not delay the first; conservative: whoever delays nobody; a number: whoever does not delay so many at the head.',
      },
    ),
    startForecast: Type.Optional(
      Type.Object(
        {
          confidence: Type.Number({
            minimum: 0.5,
            maximum: 0.99,
            default: 0.9,
            description: 'How often a lease is to begin, and a turn to come, within its interval.',
          }),
        },
        {
          additionalProperties: false,
          description:
            'Leases that come to wait in the queue are told from when until when they are to begin: the queue is thought through for leases that run for as short as others did, and to the end, and the interval widened by what the last ones were off. Requests that join the waitlist are told how likely their turn comes, and when if it does, by what became of the last 500. `{}`: 9 of 10 are to come within it. Absent: nothing is forecast, which costs nothing.',
        },
      ),
    ),
    suspension: Type.Optional(
      Type.Object(
        {
          suspendRate: Type.Number({
            exclusiveMinimum: 0,
            maximum: 1_000_000,
            default: 50,
            description: 'MiB of memory that are saved in a second. The default is that of Haizea.',
          }),
          resumeRate: Type.Number({
            exclusiveMinimum: 0,
            maximum: 1_000_000,
            default: 50,
            description: 'MiB of memory that are loaded in a second.',
          }),
          enactment: finiteDurationOption({
            default: '0s',
            description: 'What the command for each VM takes; they are given one after the other.',
          }),
          exclusion: Type.Enum(['node', 'store'], {
            default: 'node',
            description:
              'Which VMs of a lease are suspended and resumed one after the other: those on one node, or all of them, because their memory goes to one store.',
          }),
          threshold: Type.Number({
            minimum: 0,
            maximum: 1000,
            default: 1,
            description:
              'A lease that will be suspended runs before that at least so many times as long as it takes to suspend and to resume it.',
          }),
        },
        {
          additionalProperties: false,
          description:
            'Leases of kind preemptible begin also where there is room for a while only, are suspended before that is over and resumed at their turn; the time that it takes is booked with the rest. `{}`: with the defaults. Absent: nobody is suspended.',
        },
      ),
    ),
    images: Type.Optional(
      Type.Object(
        {
          transfer: Type.Enum(['multicast', 'unicast'], {
            default: 'multicast',
            description:
              'multicast: an image goes over the link once for all nodes of a lease; unicast: once for each of them.',
          }),
          linkRate: Type.Number({
            exclusiveMinimum: 0,
            maximum: 1_000_000,
            default: 10,
            description:
              'MiB that the link of the repository carries in a second; one transfer after the other has it. The default is 100 Mbit/s as Haizea takes it.',
          }),
          sizeMib: Type.Integer({
            minimum: 0,
            maximum: 1_000_000_000,
            default: 4096,
            description: 'Size of an image of which `sizes` says nothing. 0: it is on the nodes already.',
          }),
          sizes: Type.Optional(
            Type.Record(Type.String(), Type.Integer({ minimum: 0, maximum: 1_000_000_000 }), {
              description: 'Sizes in MiB by the name of the VM template, whose image it is.',
            }),
          ),
          cacheMib: Type.Integer({
            minimum: 0,
            maximum: 1_000_000_000,
            default: 0,
            description:
              'What each node keeps of the images that it was sent, so that they need not be sent again; what was not used for longest makes room. 0: nothing.',
          }),
          ahead: Type.Boolean({
            default: false,
            description:
              'While the link has time, the images of leases that wait in the queue are sent to all nodes, in its order and as many as `cacheMib` holds, so that they begin as soon as there is room. Only with multicast.',
          }),
        },
        {
          additionalProperties: false,
          description:
            'The images of VM templates are sent from a repository to the nodes before leases begin there: earliest deadline first, each as late as possible; no lease begins before its image is on all of its nodes, and none is promised a start by which it cannot be. Not together with `rePlacement`, and only simulated: a service refuses it. `{}`: with the defaults. Absent: images are on the nodes already.',
        },
      ),
    ),
    replicas: Type.Optional(
      Type.Object(
        {
          holds: Type.Enum(['memory', 'all'], {
            default: 'memory',
            description:
              'What is booked for a replica. memory: that of its VM, so that there may be no CPU for it when it is to go on; all: whatever the VM needs of a node.',
          }),
          apart: Type.Enum(['node', 'group', 'site'], {
            default: 'node',
            description:
              'Where: on another node, on one of another group, or on one of another site. Where sites are asked for, site leaves none.',
          }),
        },
        {
          additionalProperties: false,
          description:
            'A copy of each VM that runs is kept on another node, as of its last checkpoint (`hypervisor.checkpoints`, which it needs), and the VM goes on from it when its node is lost; anywhere else it begins anew. Booked from when the VM runs, where there is room. Only simulated: a service refuses it. `{}`: with the defaults. Absent: none is.',
        },
      ),
    ),
    maxAttempts: Type.Integer({
      minimum: 1,
      default: 3,
      description:
        'Tries of one hypervisor operation, or restarts of one crashing guest, before it is given up: its reservation fails, or where disks are kept (keepDisks) its VM stays down if it has run.',
    }),
    maxRestarts: Type.Integer({
      minimum: 0,
      maximum: 1_000_000,
      default: 100,
      description:
        'Times that a lease of the queue begins again because a node of it was lost, or because it could not be suspended in time: the next time its reservation fails as `too-many-restarts`. Those in which it gave way to another do not count. As often whoever has reserved ahead is offered other terms because nodes are lost or drained (recovery policy new-offer).',
    }),
    retryDelay: finiteDurationOption({
      default: '10s',
      description: 'Pause before an operation that failed is tried again.',
    }),
    assumedRepairTime: durationOption({
      default: '4h',
      description:
        'A node that is lost, or drained without `until`, is taken to be back after this, and granted to what begins then; one that is not back when it was expected, after this once more. "unlimited": it is out of all windows until it is back. The default is that of faults.nodeMttr; it does not follow it.',
    }),
    rePlacement: Type.Integer({
      minimum: 0,
      maximum: 1_000_000,
      default: 0,
      description:
        'Before a request is refused or countered for want of room, so many bookings that have not begun may be thought of anew, on other nodes; nothing runs there yet, so it costs nothing. 0: they stay where they are.',
    }),
    noShowGrace: durationOption({
      default: 'unlimited',
      description:
        'A reservation that is not activated so long after its window has opened is a no-show and gives back the rest of it. "unlimited": it holds its capacity to the end.',
    }),
    migrationInterval: finiteDurationOption({
      default: '1m',
      description:
        'The migration policy looks at the running VMs at whole multiples of this; one that only makes room for requests does not look.',
    }),
    autoActivate: Type.Boolean({
      default: false,
      description:
        'Reservations are activated when their window opens. Otherwise their users do it at the start, or do not show up.',
    }),
  },
  { additionalProperties: false, default: {}, description: 'How reservations are carried out.' },
);
export type ManagerField = Static<typeof ManagerField>;
