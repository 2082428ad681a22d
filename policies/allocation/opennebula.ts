// The match-making scheduler of OpenNebula: hosts that do not meet the requirements are left out, of the others the one of highest rank is taken.

import { Type } from 'typebox';
import { allocationPolicy, type NodePreference, type NodeView } from '../../engine/for-policies.ts';
import {
  ExpressionError,
  type HostAttributes,
  parseRank,
  parseRequirements,
} from './opennebula-expression.ts';

/** The policies of its sched.conf, and what they rank by. */
const NAMED_RANKS: Readonly<Record<string, string>> = {
  packing: 'RUNNING_VMS',
  striping: '-RUNNING_VMS',
  'load-aware': 'FREE_CPU',
};

const usedCpu = ({ capacity, minFree }: NodeView) => (capacity.milliCpus - minFree.milliCpus) / 10;
const usedMemory = ({ capacity, minFree }: NodeView) => (capacity.memoryMib - minFree.memoryMib) * 1024;

/** What a host of OpenNebula monitors, of the window that is asked for: CPU in hundredths, memory in KiB, under the names of 1.4 and of later versions. */
const HOST: HostAttributes<NodeView> = {
  NAME: ({ nodeId }) => nodeId,
  HOSTNAME: ({ nodeId }) => nodeId,
  CLUSTER: ({ group }) => group,
  HYPERVISOR: () => 'xen',
  ID: ({ index }) => index,
  RUNNING_VMS: ({ instancesBooked }) => instancesBooked,
  TOTAL_CPU: ({ capacity }) => capacity.milliCpus / 10,
  FREE_CPU: ({ minFree }) => minFree.milliCpus / 10,
  USED_CPU: usedCpu,
  CPU_USAGE: usedCpu,
  MAX_CPU: ({ capacity }) => capacity.milliCpus / 10,
  TOTAL_MEMORY: ({ capacity }) => capacity.memoryMib * 1024,
  FREE_MEMORY: ({ minFree }) => minFree.memoryMib * 1024,
  USED_MEMORY: usedMemory,
  MEM_USAGE: usedMemory,
  MAX_MEM: ({ capacity }) => capacity.memoryMib * 1024,
  TOTALCPU: ({ capacity }) => capacity.milliCpus / 10,
  FREECPU: ({ minFree }) => minFree.milliCpus / 10,
  USEDCPU: usedCpu,
  TOTALMEMORY: ({ capacity }) => capacity.memoryMib * 1024,
  FREEMEMORY: ({ minFree }) => minFree.memoryMib * 1024,
  USEDMEMORY: usedMemory,
};

export const opennebula = allocationPolicy({
  name: 'opennebula',
  summary:
    'Hosts that meet the requirements, the one of the highest rank first, as the scheduler of OpenNebula.',
  guide: {
    rule: `argmax of the rank, an expression cut to a whole number, over the candidates that meet the requirements; over all candidates, where none of them does. A request may have requirements and a rank of its own (columns requirements and rank of a [workload](workloads.md#workload-csv), attributes of VM templates): its requirements are met beside these, its rank is taken instead. Packing is RUNNING_VMS, striping -RUNNING_VMS, load-aware FREE_CPU. Attributes, of the window that is asked for: ${Object.keys(HOST).join(', ')}; CPU in hundredths, memory in KiB. &, | and ! bind alike, from the left.`,
    origin:
      'OpenNebula, match-making scheduler mm_sched: attributes REQUIREMENTS and RANK of VM templates, DEFAULT_SCHED of sched.conf. There a VM whose requirements no host meets stays pending; here requirements are a preference where an instance is placed, since whether there is room has been answered before; what is moved to make room, or to rebalance, goes only where those of its user are met.',
    use: 'To compare with clouds that OpenNebula schedules, or to write a ranking without writing a policy.',
  },
  options: Type.Object({
    rank: Type.String({
      default: 'striping',
      expected: 'packing, striping, load-aware, or an expression such as "FREE_CPU - 10 * RUNNING_VMS"',
      description: 'What hosts are ranked by, the highest first: +, -, *, / and brackets over attributes.',
    }),
    requirements: Type.String({
      default: '',
      expected: 'an expression such as "FREE_CPU > 100 & CLUSTER = \\"xen*\\"", or an empty text',
      description:
        'Which hosts are taken before all others: =, !=, < and > over attributes, joined by &, |, ! and brackets.',
    }),
  }),
  create: ({ rank, requirements }) => {
    const usualRank = parseRank(NAMED_RANKS[rank] ?? rank, HOST);
    const meetsUsual = parseRequirements(requirements, HOST);
    const own = { rank: remembering(parseRank), requirements: remembering(parseRequirements) };
    return {
      choose({ preference }, candidates) {
        const rankOf = preference?.rank === undefined ? usualRank : own.rank(preference.rank);
        const meetsOwn = own.requirements(preference?.requirements ?? '');
        const meets = (node: NodeView) => meetsUsual(node) && meetsOwn(node);
        let best: { readonly node: NodeView; readonly isMeeting: boolean; readonly rank: number } | undefined;
        for (const node of candidates) {
          const isMeeting = meets(node);
          if (best?.isMeeting && !isMeeting) continue;
          const ofNode = { node, isMeeting, rank: rankOf(node) };
          if (best === undefined || isMeeting !== best.isMeeting || ofNode.rank > best.rank) best = ofNode;
        }
        return best!.node;
      },
      suits: ({ preference }, node) => own.requirements(preference?.requirements ?? '')(node),
    };
  },
});

/** What is wrong with the expressions of a request. Undefined: nothing. */
export function problemOfPreference({ rank = '', requirements = '' }: NodePreference):
  | {
      readonly path: keyof NodePreference;
      readonly message: string;
      /** Of the character at which it is wrong, from 1. */
      readonly position: number;
    }
  | undefined {
  for (const [path, read] of [
    ['requirements', () => parseRequirements(requirements, HOST)],
    ['rank', () => parseRank(rank, HOST)],
  ] as const) {
    try {
      read();
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      return { path, message: error.message, position: error.position };
    }
  }
  return undefined;
}

/** Texts of requests, of which there are few that differ, are read once. */
const MOST_REMEMBERED = 1000;

type Parse<Value> = (text: string, attributes: typeof HOST) => (host: NodeView) => Value;

function remembering<Value>(parse: Parse<Value>): (text: string) => (host: NodeView) => Value {
  const known = new Map<string, (host: NodeView) => Value>();
  return (text) => {
    let reading = known.get(text);
    if (reading === undefined) {
      reading = parse(text, HOST);
      if (known.size === MOST_REMEMBERED) known.clear();
      known.set(text, reading);
    }
    return reading;
  };
}
