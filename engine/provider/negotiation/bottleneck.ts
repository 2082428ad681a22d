// Why a proposal has no room: the resource that binds, the nodes on which it does, and when it is short there. Looks at every node and
// every booking of the window, so it is asked for people who read the answer, not in the course of deciding.
import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import { timesOnDevices } from '../../domain/devices.ts';
import { type Bottleneck, endOf, type Fragments, type Proposal } from '../../domain/proposal.ts';
import { amountOf } from '../../domain/resources.ts';

const NODES_MAX = 20;

/** A node that would host more instances if there were more of one resource. */
interface Short {
  readonly node: number;
  /** Instances that it has room for. */
  readonly fits: number;
}

/**
 * The binding resource is the one of which more would make room for the most instances; among equals the first of CPU, memory, disk and
 * what the provider names.
 * @param shortfall instances that have no room, at least 1
 * @returns undefined when no node would host one more whatever there were of any one resource
 */
export function bottleneckOf(
  calendar: CapacityCalendar,
  proposal: Proposal,
  shortfall: number,
): Bottleneck | undefined {
  const { demand, startMs } = proposal;
  const endMs = endOf(proposal);
  const needed = calendar.space.dimensions.filter(({ name }) => amountOf(demand, name) > 0);
  const room = proposal.numInstancesFixed - shortfall;
  // What all share binds when there is just enough of it for those that do have room.
  for (const { name, scope } of needed) {
    if (scope === 'node') continue;
    const free = amountOf(calendar.minFree(0, startMs, endMs), name);
    if (Math.floor(free / amountOf(demand, name)) > room) continue;
    const when = whenShort(calendar, proposal, name, [{ node: 0, fits: room }]);
    return { by: 'capacity', resource: name, scope, shortfall, nodes: 0, nodeIds: [], ...when };
  }
  const wanted = needed.filter(({ scope }) => scope === 'node');
  const isOnDevices = calendar.space.usesDevices(demand);
  const gained = wanted.map(() => 0);
  const short: Short[][] = wanted.map(() => []);
  for (let node = 0; node < calendar.nodeCount; node++) {
    if (demand.site !== undefined && calendar.siteOf(node) !== demand.site) continue;
    if (calendar.isOut(node, startMs, endMs) || !calendar.hasModels(node, demand)) continue;
    const free = calendar.minFree(node, startMs, endMs);
    const devices = isOnDevices ? calendar.freeDevices(node, startMs, endMs) : {};
    const counts = wanted.map(({ name }) => {
      const each = devices[name];
      const needed = amountOf(demand, name);
      return each === undefined ? Math.floor(amountOf(free, name) / needed) : timesOnDevices(each, needed);
    });
    const fits = Math.min(...counts);
    const most = counts.map((_, place) => Math.min(shortfall + fits, ...counts.toSpliced(place, 1)));
    for (const [place, count] of most.entries()) {
      if (count <= fits) continue;
      gained[place]! += count - fits;
      short[place]!.push({ node, fits });
    }
  }
  const most = Math.max(0, ...gained);
  if (most === 0) return undefined;
  const place = gained.indexOf(most);
  const { name, scope } = wanted[place]!;
  const nodes = short[place]!;
  const when = whenShort(calendar, proposal, name, nodes.slice(0, NODES_MAX));
  return {
    by: 'capacity',
    resource: name,
    scope,
    shortfall,
    nodeIds: nodes.slice(0, NODES_MAX).map(({ node }) => calendar.nodeId(node)),
    nodes: nodes.length,
    ...when,
    ...(calendar.space.devices.some((each) => each.name === name) && {
      fragments: fragmentsOf(calendar, proposal, name, nodes),
    }),
  };
}

/** Nodes that have enough of the resource in all, but not on devices as an instance needs them. */
function fragmentsOf(
  calendar: CapacityCalendar,
  { durationMs, demand, startMs }: Proposal,
  resource: string,
  nodes: readonly Short[],
): readonly Fragments[] {
  const endMs = startMs + durationMs;
  return nodes.slice(0, NODES_MAX).flatMap(({ fits, node }) => {
    const free = calendar.freeDevices(node, startMs, endMs)[resource]!;
    const sum = free.reduce((all, each) => all + each, 0);
    const isEnough = sum >= (fits + 1) * amountOf(demand, resource);
    return isEnough ? [{ nodeId: calendar.nodeId(node), free }] : [];
  });
}

/** From the first to the last instant of the window at which one of the nodes has too little for one more. */
function whenShort(
  calendar: CapacityCalendar,
  proposal: Proposal,
  resource: string,
  nodes: readonly Short[],
): { fromMs: number; untilMs: number } {
  const { demand, startMs } = proposal;
  const endMs = endOf(proposal);
  const bounds = boundsOf(calendar, startMs, endMs);
  let fromMs = endMs;
  let untilMs = startMs;
  for (const { fits, node } of nodes) {
    const needed = (fits + 1) * amountOf(demand, resource);
    const isShort = (i: number) =>
      amountOf(calendar.minFree(node, bounds[i]!, bounds[i + 1]!), resource) < needed;
    for (let i = 0; i + 1 < bounds.length; i++) {
      if (!isShort(i)) continue;
      fromMs = Math.min(fromMs, bounds[i]!);
      untilMs = Math.max(untilMs, bounds[i + 1]!);
    }
  }
  // Devices that are free one after the other are short of nothing at any instant.
  return fromMs < untilMs ? { fromMs, untilMs } : { fromMs: startMs, untilMs: endMs };
}

/** The ends of the window, and the instants within it at which a booking begins or ends. What is shared changes on any node. */
function boundsOf(calendar: CapacityCalendar, startMs: number, endMs: number): readonly number[] {
  const bounds = new Set([startMs, endMs]);
  for (let node = 0; node < calendar.nodeCount; node++) {
    for (const booking of calendar.bookingsOn(node, startMs, endMs)) {
      for (const ms of [booking.startMs, booking.endMs]) if (ms > startMs && ms < endMs) bounds.add(ms);
    }
  }
  return [...bounds].sort((a, b) => a - b);
}
