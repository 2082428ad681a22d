// The event stream as a reviewer reads it: one line per event, times of day, and nothing that does not matter to a story.
import type { DomainEvent, EventOf, Proposal } from '../../engine/index.ts';

const DAY_MS = 86_400_000;

interface Line {
  readonly time: string;
  /** Who it happened to: a user, a node, or a VM (user/number). */
  subject: string;
  readonly text: string;
}

export class TimelineText {
  readonly #dayMs: number;

  constructor(dayMs: number) {
    this.#dayMs = dayMs;
  }

  of(events: readonly DomainEvent[]): string {
    const lines: Line[] = [];
    for (const event of events) {
      const text = this.#describe(event);
      if (text === undefined) continue;
      const line = { time: this.#time(event.atMs), subject: subjectOf(event), text };
      const last = lines.at(-1);
      // What happens to all VMs of a reservation alike is told once.
      if (last !== undefined && last.time === line.time && last.text === text && isSibling(last, line)) {
        last.subject = `${last.subject},${numberOf(line.subject)}`;
      } else {
        lines.push(line);
      }
    }
    const width = Math.max(...lines.map(({ time }) => time.length));
    return lines
      .map(({ subject, text, time }, index) => {
        const shown = time === lines[index - 1]?.time ? '' : time;
        return `${shown.padEnd(width)}  ${subject} ${text}`;
      })
      .join('\n');
  }

  #turn({ waitingSinceMs }: { readonly waitingSinceMs?: number }): string {
    return waitingSinceMs === undefined ? '' : `, having waited since ${this.#time(waitingSinceMs)}`;
  }

  #describe(event: DomainEvent): string | undefined {
    switch (event.type) {
      case 'node-joined':
      case 'reservation-initiated':
      case 'window-closed':
      case 'run-finished':
        return undefined;
      case 'node-lost':
        return `is lost with ${event.vmsLost} VMs`;
      case 'node-returned':
        return `is back`;
      case 'node-drained':
        return `is drained${event.expectedBackMs == null ? '' : ` until ${this.#time(event.expectedBackMs)}`}`;
      case 'node-return-expected':
        return event.expectedBackMs == null
          ? 'is expected back at no known time'
          : `is expected back at ${this.#time(event.expectedBackMs)}`;
      case 'maintenance-planned':
        return `is to be maintained ${this.#time(event.fromMs)}-${this.#time(event.untilMs)}`;
      case 'maintenance-begun':
        return 'is maintained';
      case 'maintenance-ended':
        return `is maintained no more: ${event.reason}`;
      case 'node-enabled':
        return `is enabled`;
      case 'proposal-received':
        return `asks for ${this.#terms(event.proposal)}`;
      case 'offer-accepted':
        return `<- ACCEPT on ${places(event)}, held until ${this.#time(event.holdUntilMs)}${this.#turn(event)}`;
      case 'offer-countered':
        return (
          `<- COUNTER ${this.#window(event.proposal)} on ${places(event)}, ` +
          `held until ${this.#time(event.holdUntilMs)}${this.#turn(event)}`
        );
      case 'auction-held':
        return `holds an auction of ${event.bids} bids: ${awardsOf(event)}`;
      case 'waitlist-joined':
        return `<- WAITLISTED (${event.reason}) until ${this.#time(event.waitsUntilMs)}`;
      case 'counter-accepted':
        return `<- CONFIRM_REQUEST`;
      case 'reservation-transferred':
        return `goes from ${event.fromUserId} to ${event.userId}${event.sale === undefined ? '' : `, sold for ${event.priceMicros}`}`;
      case 'reservation-listed':
        return `is for sale, for ${event.askMicros}`;
      case 'offer-declined':
        return `declines${event.reason === null ? '' : ` (${event.reason})`}`;
      case 'reservation-confirmed':
        return `is CONFIRMED on ${places(event)}`;
      case 'change-asked':
        return `asks to change to ${this.#terms(event.proposal)}`;
      case 'change-offered':
        return (
          `<- ${event.reply} ${this.#terms(event.proposal)} on ${places(event)}, ` +
          `held until ${this.#time(event.holdUntilMs)}`
        );
      case 'change-accepted':
        return `<- CONFIRM_REQUEST`;
      case 'change-given-up':
        return `stays as it is: ${event.reason}`;
      case 'reservation-changed':
        return `is CHANGED to ${this.#terms(event.proposal)} on ${places(event)}`;
      case 'message-refused':
        return `<- REQUEST_FAILED to ${event.message}: ${event.reason}`;
      case 'reservation-activated':
        return `is ACTIVATED`;
      case 'options-claimed':
        return `claims ${event.asked} options, gets ${event.granted === 0 ? 'none' : places(event)}`;
      case 'lease-gives-way':
        return `gives way to ${event.forReservationId} at ${this.#time(event.fromMs)} (${event.by})`;
      case 'lease-runs-on':
        return `runs on until ${this.#time(event.endMs)}`;
      case 'lease-suspended':
        return `is suspended with ${event.leftMs / 60_000}m left`;
      case 'lease-resumed':
        return `is resumed with ${event.leftMs / 60_000}m left`;
      case 'lease-requeued':
        return `is to begin again (${event.because}), ${event.lostMs / 60_000}m are lost`;
      case 'window-opened':
        return `may run until ${this.#time(event.endMs)} on ${places(event)}`;
      case 'instance-moved':
        return `is moved ${event.fromNodeId} -> ${event.toNodeId} (${event.cause})`;
      case 'reservation-ended':
        return `is ${event.state}: ${event.reason}${settlement(event)}`;
      case 'vm-state-changed':
        return (
          `${event.to}${event.to === 'RUNNING' && event.loadPermille === 0 ? ' without load' : ''} on ` +
          `${event.nodeId}${event.cause === 'operation' ? '' : ` (${event.cause})`}`
        );
      case 'vm-migrated':
        return `has migrated ${event.fromNodeId} -> ${event.toNodeId}`;
      case 'instance-commanded':
        return `is told to ${event.command}`;
      case 'operation-waits':
        return `waits to ${event.operation}: ${event.reason}`;
      case 'operation-given-up':
        return `gives up to ${event.operation}: ${event.reason}`;
      case 'node-not-emptied':
        return `stays on ${event.nodeId}: it cannot ${event.operation} (${event.reason})`;
      case 'disk-kept':
        return `is kept until ${this.#time(event.untilMs)}`;
      case 'operation-failed':
        return `cannot ${event.operation}: ${event.error} (attempt ${event.attempt})`;
    }
  }

  #terms(proposal: Proposal): string {
    const { numInstancesFixed, numInstancesOption, type } = proposal;
    const options = numInstancesOption === 0 ? '' : ` (+${numInstancesOption})`;
    return `${numInstancesFixed}${options} ${type} ${this.#window(proposal)}`;
  }

  #window({ durationMs, startMs }: Proposal): string {
    return `${this.#time(startMs)}-${this.#time(startMs + durationMs)}`;
  }

  #time(ms: number): string {
    const days = Math.floor((ms - this.#dayMs) / DAY_MS);
    const text = new Date(ms).toISOString();
    const seconds = ms % 60_000 === 0 ? '' : text.slice(16, ms % 1000 === 0 ? 19 : 23);
    const date = this.#dayMs === 0 ? (days === 0 ? '' : `+${days}d `) : `${text.slice(5, 10)} `;
    return `${date}${text.slice(11, 16)}${seconds}`;
  }
}

function places({ pieces }: Pick<EventOf<'window-opened'>, 'pieces'>): string {
  return pieces
    .map(({ instances, nodeId }) => (instances === 1 ? nodeId : `${instances}x${nodeId}`))
    .join('+');
}

function settlement({ noShow, penaltyMicros, refundMicros }: EventOf<'reservation-ended'>): string {
  const notes: string[] = [];
  if (noShow) notes.push('no-show');
  if (refundMicros > 0) notes.push(`refund ${refundMicros}`);
  if (penaltyMicros > 0) notes.push(`penalty ${penaltyMicros}`);
  return notes.length === 0 ? '' : ` [${notes.join(', ')}]`;
}

function subjectOf(event: DomainEvent): string {
  if ('vmId' in event) return event.vmId;
  if (event.type === 'instance-moved') return `${event.reservationId}/${event.instance}`;
  if ('reservationId' in event) return event.reservationId;
  if (event.type === 'auction-held') return event.provider;
  return 'nodeId' in event ? event.nodeId : '';
}

function awardsOf({ awards }: EventOf<'auction-held'>): string {
  if (awards.length === 0) return 'nobody wins';
  return awards
    .map(({ priceMicros, reservationId }) => `${reservationId} for ${priceMicros / 1_000_000}`)
    .join(', ');
}

function isSibling(a: Line, b: Line): boolean {
  return a.subject.includes('/') && a.subject.split('/')[0] === b.subject.split('/')[0];
}

function numberOf(vmId: string): string {
  return vmId.slice(vmId.indexOf('/') + 1);
}
