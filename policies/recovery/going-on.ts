// What every recovery policy lets choose: whether what a VM has done goes with it to another node, and survives the loss of one.
import { Type } from 'typebox';
import type { RecoveryPolicy } from '../../engine/for-policies.ts';

export const goingOnOptions = {
  moves: Type.Enum(['migrate', 'restart'], {
    default: 'migrate',
    expected: 'migrate, restart',
    description:
      'How a running VM goes to another node. migrate: live, work-conserving; restart: it loses its power and begins again there, non-work-conserving.',
  }),
  begins: Type.Enum(['anew', 'checkpoint'], {
    default: 'anew',
    expected: 'anew, checkpoint',
    description:
      'From what a VM begins again: anew, or from its last checkpoint where the hypervisor makes some (`hypervisor.checkpoints`).',
  }),
};

export function goingOn({
  begins,
  moves,
}: {
  readonly begins: 'anew' | 'checkpoint';
  readonly moves: 'migrate' | 'restart';
}): Pick<RecoveryPolicy, 'move' | 'begin'> {
  return {
    ...(moves === 'restart' && { move: () => moves }),
    ...(begins === 'checkpoint' && { begin: () => begins }),
  };
}
