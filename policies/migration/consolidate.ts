// Server consolidation: a node with little on it is emptied onto others that are in use anyway, so that it can be switched off.
import { Type } from 'typebox';
import { migrationPolicy } from '../../engine/for-policies.ts';
import { durationMs, finiteDurationOption } from '../../written/duration.ts';
import { busyShareOf, byLeast, PlannedLoad, shareOf } from './planned-load.ts';

export const consolidate = migrationPolicy({
  name: 'consolidate',
  summary: 'Empties nodes that have little on them onto nodes that are in use anyway.',
  guide: {
    rule: 'Of the nodes of whose CPUs VMs have at most `below`, the emptiest first: the first of which all VMs can be moved, each to the fullest node that has more on it and stays at most `upTo` busy. All of its VMs or none.',
    origin:
      'Mishra, Das, Kulkarni, Sahoo 2012 (server consolidation: empty the coldest nodes); Beloglazov and Buyya 2012.',
    use: 'Where nodes without VMs are switched off, at hours at which little is reserved.',
  },
  options: Type.Object({
    below: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.5,
      description: 'A node of whose CPUs VMs have a larger share is left alone.',
    }),
    upTo: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      default: 0.9,
      description: 'No node is to be busier than this share of its CPUs afterwards.',
    }),
    rest: finiteDurationOption({
      default: '15m',
      description: 'A node with a VM whose window ends sooner is left alone: it will be emptier soon.',
    }),
    moves: Type.Integer({
      minimum: 1,
      maximum: 1000,
      default: 8,
      description: 'VMs that are moved at one look, at most.',
    }),
  }),
  create: ({ below, moves, rest, upTo }) => ({
    rebalance(view) {
      const inUse = view.nodes.filter(({ isUsable, vmCount }) => isUsable && vmCount > 0);
      const coldest = byLeast(inUse, ({ allocated }) => allocated).filter(
        ({ allocated, vmCount, vms }) =>
          allocated <= below &&
          vmCount === vms.length &&
          vmCount <= moves &&
          vms.every(({ endMs }) => endMs - view.nowMs >= durationMs(rest)),
      );
      for (const from of coldest) {
        const planned = new PlannedLoad(view);
        const targets = byLeast(
          inUse.filter(
            (node) =>
              node.allocated > from.allocated ||
              (node.allocated === from.allocated && node.index < from.index),
          ),
          ({ allocated }) => -allocated,
        );
        const isEmptied = byLeast(from.vms, (vm) => -shareOf(vm, from)).every((vm) =>
          targets.some(
            (to) => planned.busyOf(to) + busyShareOf(vm, to) <= upTo && planned.take({ vm, from, to }),
          ),
        );
        if (isEmptied) return planned.moves;
      }
      return [];
    },
  }),
});
