// How soon instances that went down were up again, what guests had done in vain, and how each class of service fared.
import type { EventOf } from '../../engine/index.ts';
import { endOf } from '../../engine/index.ts';
import type { InstanceCondition, InstanceRepair } from '../facts/derived.ts';
import { MeasuredWindows } from '../facts/measured-windows.ts';
import type { ReservationRecord } from '../facts/session-records.ts';
import { rounded } from '../summary-values.ts';
import { type Meter, metric, type StreamStart } from './metric.ts';

export interface RecoveryFigures extends Repairs {
  /** By class of service, in the order of their names; empty where the pricing policy has none. */
  readonly classes: readonly ClassFigures[];
}

interface Repairs {
  /** Instances that were up again. */
  readonly repairs: number;
  /** From when they went down, their mean; null without any. */
  readonly meanTimeToRepairMs: number | null;
  /** What guests had run when they began again, less what a checkpoint had kept of it. */
  readonly lostWorkMs: number;
}

export interface ClassFigures extends Repairs {
  readonly name: string;
  readonly upMs: number;
  /** Owed, and not up. */
  readonly missingMs: number;
  readonly availability: number | null;
}

class Account {
  repairs = 0;
  repairMs = 0;
  lostWorkMs = 0;
  upMs = 0;
  missingMs = 0;
  readonly lost: MeasuredWindows;

  constructor(measuredFromMs: number) {
    this.lost = new MeasuredWindows(measuredFromMs);
  }

  repaired({ fromMs, lostMs, toMs }: InstanceRepair): void {
    this.repairs += 1;
    this.repairMs += toMs - fromMs;
    this.lostWorkMs += lostMs;
  }

  get figures(): Repairs {
    const { lostWorkMs, repairMs, repairs } = this;
    return { repairs, meanTimeToRepairMs: repairs === 0 ? null : repairMs / repairs, lostWorkMs };
  }
}

class Recovery implements Meter<RecoveryFigures> {
  readonly #measuredFromMs: number;
  readonly #all: Account;
  readonly #classes = new Map<string, Account>();
  /** By reservation, of those that are alive. */
  readonly #classOf = new Map<string, Account>();

  constructor({ measuredFromMs }: StreamStart) {
    this.#measuredFromMs = measuredFromMs;
    this.#all = new Account(measuredFromMs);
  }

  readonly hears = {
    'reservation-confirmed': ({ reservationId, slaClass }: EventOf<'reservation-confirmed'>) => {
      if (slaClass === undefined) return;
      const account = this.#classes.get(slaClass) ?? new Account(this.#measuredFromMs);
      this.#classes.set(slaClass, account);
      this.#classOf.set(reservationId, account);
    },
    'instance-repaired': (repair: InstanceRepair) => {
      if (repair.toMs < this.#measuredFromMs) return;
      this.#all.repaired(repair);
      this.#classOf.get(repair.reservationId)?.repaired(repair);
    },
    'instance-was': ({ condition, fromMs, instances, reservationId, toMs }: InstanceCondition) => {
      const account = this.#classOf.get(reservationId);
      if (account === undefined) return;
      const forMs = instances * Math.max(0, toMs - Math.max(fromMs, this.#measuredFromMs));
      if (condition === 'up') account.upMs += forMs;
      else account.missingMs += forMs;
    },
    'vm-migrated': ({ atMs, downtimeMs, reservationId }: EventOf<'vm-migrated'>) => {
      const account = this.#classOf.get(reservationId);
      if (account === undefined || atMs < this.#measuredFromMs) return;
      account.upMs -= downtimeMs ?? 0;
      account.missingMs += downtimeMs ?? 0;
    },
    'reservation-over': ({ fate, instances, proposal, reservationId, untilMs }: ReservationRecord) => {
      const account = this.#classOf.get(reservationId);
      this.#classOf.delete(reservationId);
      if (account === undefined || fate !== 'failed') return;
      account.lost.add(Math.max(untilMs, proposal.startMs), endOf(proposal), instances, untilMs);
    },
  };

  finish(endMs: number): RecoveryFigures {
    const classes = [...this.#classes]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, account]): ClassFigures => {
        const { upMs } = account;
        const missingMs = account.missingMs + account.lost.finish(endMs);
        const owedMs = upMs + missingMs;
        return {
          name,
          ...account.figures,
          upMs,
          missingMs,
          availability: owedMs === 0 ? null : upMs / owedMs,
        };
      });
    return { ...this.#all.figures, classes };
  }
}

export const recovery = metric({
  name: 'recovery',
  over: 'by instant',
  start: (stream: StreamStart) => new Recovery(stream),
  summary: {
    repairs: {
      means: 'instances that went down through no wish of their user and were up again within their window',
      of: ({ repairs }) => repairs,
    },
    meanTimeToRepairMs: {
      unit: 'ms',
      means:
        'from when they went down until they were up again: of a lost node from its last sign of life, where that is known (`hypervisor.heartbeats`), else from when it was noticed; `null` without any',
      of: ({ meanTimeToRepairMs }) => whole(meanTimeToRepairMs),
    },
    lostWorkMs: {
      unit: 'ms',
      means:
        'instance-time that guests had been up since they last began, less what a checkpoint had kept of it, when they began again: what they had done in vain',
      of: ({ lostWorkMs }) => lostWorkMs,
    },
    slaClasses: {
      means:
        'by class of service, where the pricing policy has such: `availability`, `repairs`, `meanTimeToRepairMs`, `lostWorkMs`, each as above',
      of: ({ classes }) =>
        Object.fromEntries(
          classes.map(({ availability, lostWorkMs, meanTimeToRepairMs, name, repairs }) => [
            name,
            {
              availability: rounded(availability),
              repairs,
              meanTimeToRepairMs: whole(meanTimeToRepairMs),
              lostWorkMs,
            },
          ]),
        ),
    },
  },
});

function whole(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms);
}
