// Half a loaf: what has a node goes on, and the rest as soon as it has one.
import { Type } from 'typebox';
import { recoveryPolicy } from '../../engine/for-policies.ts';
import { goingOn, goingOnOptions } from './going-on.ts';

export const wait = recoveryPolicy({
  name: 'wait',
  summary:
    'Instances without a node stand still until one has room, and the others of their reservation go on.',
  guide: {
    rule: 'What has room elsewhere goes there. Instances for which there is none stand still, and start when room comes free or their node is back; the reservation fails at its end if one still does, and only what was not delivered is given back.',
    origin: "OpenPEX's own; retry and requeue of single instances as in Nomad and OpenNebula.",
    use: 'Where instances work by themselves, and late is better than never.',
  },
  options: Type.Object(goingOnOptions),
  create: (options) => ({ ...goingOn(options), stranded: () => 'wait' }),
});
