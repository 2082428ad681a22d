// The words of notices: what an e-mail says, and a webhook beside the facts.
import { assertNever, formatInstant } from '../../engine/index.ts';
import { formatDuration } from '../../written/time-text.ts';
import type { NoticeFacts, NoticeRecord, ReservationRecord } from '../records.ts';

export interface NoticeMessage {
  readonly subject: string;
  readonly text: string;
}

/**
 * @param reservation as it stands now; undefined when it is in an archive, or the notice is about none
 * @param serviceName what the service calls itself
 */
export function messageOf(
  { facts, kind, reservationId }: Pick<NoticeRecord, 'facts' | 'kind' | 'reservationId'>,
  reservation: ReservationRecord | undefined,
  serviceName: string,
): NoticeMessage {
  const about = [
    ...(reservationId === null ? [] : [`Reservation: ${reservationId}`]),
    ...(reservation === undefined ? [] : windowOf(reservation)),
  ];
  const { lines, subject } = wordsOf(kind, facts, reservation);
  return {
    subject: `[${serviceName}] ${subject}`,
    text: `${[lines.join('\n'), about.join('\n'), FOOT].filter((part) => part !== '').join('\n\n')}\n`,
  };
}

const FOOT = 'What you are told of is chosen in the portal, under Account.';

interface Words {
  readonly subject: string;
  readonly lines: readonly string[];
}

function wordsOf(
  kind: NoticeRecord['kind'],
  facts: NoticeFacts,
  reservation: ReservationRecord | undefined,
): Words {
  switch (kind) {
    case 'waitlist':
      return facts.isOver === true
        ? {
            subject: 'Your request waited in vain',
            lines: [`No room came free for it by ${at(facts.atMs)}, and it waits no longer.`],
          }
        : {
            subject: `It is your turn: an offer is held until ${at(facts.holdUntilMs)}`,
            lines: [
              facts.isCounter === true
                ? 'Room came free for what you waited for, on other terms than yours: those below.'
                : 'Room came free for what you waited for.',
              `It is held for you until ${at(facts.holdUntilMs)}. Confirm it, or it is offered to who waits next.`,
            ],
          };
    case 'offer-expiring':
      return {
        subject: `An offer expires at ${at(facts.holdUntilMs)}`,
        lines: [
          `What was offered${facts.isChange === true ? ' as a change of your reservation' : ''} is held until ${at(facts.holdUntilMs)}.`,
          'Confirm it, or it is given to others.',
        ],
      };
    case 'started':
      return {
        subject: 'The window of your reservation is open',
        lines: [
          `It is open until ${at(facts.endMs)}.`,
          ...(reservation?.state === 'CONFIRMED'
            ? ['It is not activated yet: nothing runs before you activate it.']
            : []),
        ],
      };
    case 'ending-soon':
      return {
        subject: `Your reservation ends at ${at(facts.endMs)}`,
        lines: [
          `Its instances are shut down at ${at(facts.endMs)}.`,
          'Save what is to last, or ask for more time.',
        ],
      };
    case 'failed':
      return facts.isOver === true
        ? {
            subject: 'Your reservation failed',
            lines: [
              `It came to its end at ${at(facts.atMs)}: ${REASONS[facts.reason ?? ''] ?? facts.reason}.`,
            ],
          }
        : {
            subject: `${facts.vms === 1 ? 'An instance' : `${facts.vms} instances`} of your reservation failed`,
            lines: [
              `At ${at(facts.atMs)}: ${REASONS[facts.reason ?? ''] ?? facts.reason}.`,
              'What can be brought up again is.',
            ],
          };
    case 'maintenance':
      return {
        subject: `Maintenance ahead: node ${facts.nodeId}`,
        lines: [
          `Node ${facts.nodeId}, on which you have instances, is out of service from ${at(facts.fromMs)} until ${at(facts.untilMs)}.`,
          'Instances that can move to another node do; what cannot may stand still or end.',
        ],
      };
    case 'test':
      return { subject: 'A test', lines: ['You asked for it, and it arrived.'] };
    default:
      return assertNever(kind);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  'node-lost': 'a node was lost',
  'node-drained': 'a node was taken out of service, and there was no room elsewhere',
  'instance-failed': 'an instance could not be brought up or kept up',
  'too-many-restarts': 'it was begun again too often, and lost what it had done each time',
  bumped: 'it was sold on the chance that somebody else does not come, and everybody came',
  'partner-failed': 'another provider was to deliver it, and could not',
  'guest-crash': 'the guest crashed',
};

function windowOf({ proposal }: ReservationRecord): string[] {
  if (proposal === null) return [];
  const { durationMs, numInstancesFixed, startMs, type } = proposal;
  return [
    `Instances: ${numInstancesFixed} x ${type}`,
    `Window: from ${at(startMs)}, ${formatDuration(durationMs)}`,
  ];
}

function at(ms: number | undefined): string {
  return ms === undefined ? 'an unknown time' : formatInstant(ms);
}
