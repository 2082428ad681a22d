// All of a reservation or nothing: what has no node fails.
import { Type } from 'typebox';
import { recoveryPolicy } from '../../engine/for-policies.ts';
import { goingOn, goingOnOptions } from './going-on.ts';

export const giveUp = recoveryPolicy({
  name: 'give-up',
  summary: 'A reservation fails of which an instance has no node while its window is open, or when it opens.',
  guide: {
    rule: 'What has room elsewhere goes there. When there is none for an instance of an open window whose node is lost, the reservation fails as a whole; before its window nothing is said, and it is tried again at its start.',
    origin:
      'The OpenPEX implementation of 2009 restarts nothing; reservations as the papers promise them are whole or not at all.',
    use: 'The default, and where a part of a reservation is of no use to its user.',
  },
  options: Type.Object(goingOnOptions),
  create: (options) => goingOn(options),
});
