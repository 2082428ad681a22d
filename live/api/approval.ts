// The approval step: before something is granted for good, a program of the operator's is asked, by a signed POST. What it says no to, or
// does not answer, is refused, and the offer stands until its hold is over.
import { formatInstant, type Proposal } from '../../engine/index.ts';
import type { ApprovalSettings } from '../approval-settings.ts';
import { PostError, postSigned } from '../notifications/signed-post.ts';
import { ServiceError } from '../problems.ts';
import type { AccountRecord } from '../records.ts';

export interface AskedApproval {
  readonly action: 'confirm' | 'confirm-change' | 'claim';
  readonly by: AccountRecord;
  /** Whose reservation it is. */
  readonly owner: AccountRecord;
  readonly reservationId: string;
  readonly terms: Proposal | null;
  /** Of the whole reservation; null: not known yet. */
  readonly priceMicros: number | null;
  /** Optional instances that are claimed. */
  readonly count?: number;
}

export class Approval {
  readonly #settings: ApprovalSettings | undefined;
  readonly #warn: (facts: object, message: string) => void;

  constructor(
    settings: ApprovalSettings | undefined,
    warn: (facts: object, message: string) => void = () => undefined,
  ) {
    this.#settings = settings;
    this.#warn = warn;
  }

  /** @throws ServiceError PEX_NOT_APPROVED, or PEX_UNAVAILABLE when nobody answers */
  async ask(asked: AskedApproval): Promise<void> {
    const settings = this.#settings;
    if (settings === undefined || (settings.of === 'projects' && asked.owner.kind !== 'project')) return;
    const answer = await this.#answer(settings, asked);
    if (answer === undefined) {
      if (settings.whenAway === 'grant') return;
      throw new ServiceError(
        'PEX_UNAVAILABLE',
        'what approves of reservations does not answer; nothing was changed, and the offer stands until its hold is over',
        { retryAfterSeconds: 5 },
      );
    }
    if (answer.approved) return;
    const why = answer.reason === undefined ? '' : `: ${answer.reason}`;
    throw new ServiceError('PEX_NOT_APPROVED', `This was not approved${why}`);
  }

  async #answer(
    { secret, timeoutMs, url }: ApprovalSettings,
    asked: AskedApproval,
  ): Promise<{ readonly approved: boolean; readonly reason?: string } | undefined> {
    try {
      const body = bodyOf(asked);
      const nowMs = Date.now();
      const { status, text } = await postSigned({ url, secret, body, allowsPrivate: true, timeoutMs, nowMs });
      if (status !== 200) throw new PostError(`it answered ${status}`);
      const answer: unknown = JSON.parse(text);
      const { approved, reason } = Object(answer) as { approved?: unknown; reason?: unknown };
      if (typeof approved !== 'boolean') throw new PostError('its answer has no approved: true or false');
      return { approved, ...(typeof reason === 'string' ? { reason: reason.slice(0, 500) } : {}) };
    } catch (error) {
      if (!(error instanceof PostError || error instanceof SyntaxError)) throw error;
      this.#warn({ reason: error.message }, 'what approves of reservations gave no answer');
      return undefined;
    }
  }
}

function bodyOf({ action, by, count, owner, priceMicros, reservationId, terms }: AskedApproval): object {
  return {
    action,
    reservationId,
    by: { userid: by.userId, username: by.username, role: by.role },
    owner: {
      userid: owner.userId,
      username: owner.username,
      kind: owner.kind,
      balanceMicros: owner.balanceMicros,
    },
    terms: terms && {
      type: terms.type,
      numInstancesFixed: terms.numInstancesFixed,
      numInstancesOption: terms.numInstancesOption,
      startTime: formatInstant(terms.startMs),
      duration: terms.durationMs,
      cpus: terms.demand.milliCpus / 1000,
      memoryMib: terms.demand.memoryMib,
      diskGib: terms.demand.diskGib,
      ...(terms.demand.named === undefined ? {} : { resources: terms.demand.named }),
    },
    priceMicros,
    ...(count === undefined ? {} : { count }),
  };
}
