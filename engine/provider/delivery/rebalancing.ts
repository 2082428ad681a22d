// The regular look of the migration policy at the running VMs: when it is due, and what it moves.
import type { Seat } from '../../policy/policy-seat.ts';
import type { Due } from '../input.ts';
import type { VmMonitor } from '../monitors/vm-monitor.ts';
import type { Outbox } from '../outbox.ts';
import type { Bookings } from '../placement/bookings.ts';
import type { MigrationDesk } from '../placement/migration-desk.ts';
import type { OrElse } from '../policy-fallback.ts';
import type { ProviderSettings } from '../provider-settings.ts';
import { RegularDue } from '../regular-due.ts';

export interface RebalancingParts {
  readonly orElse: OrElse;
  readonly outbox: Outbox;
  readonly bookings: Bookings;
  readonly vms: VmMonitor;
  readonly desk: MigrationDesk;
  readonly migration: Seat<'migration'>;
  readonly settings: ProviderSettings;
}

type Check = Extract<Due, { kind: 'migration-check' }>;

const USUAL_INTERVAL_MS = 60_000;

export class Rebalancing {
  readonly #parts: RebalancingParts;
  readonly #due: RegularDue<Check>;

  constructor(parts: RebalancingParts) {
    this.#parts = parts;
    this.#due = new RegularDue(
      parts.outbox,
      parts.settings.migrationIntervalMs ?? USUAL_INTERVAL_MS,
      () => this.#isWanted,
      (atMs) => ({ kind: 'migration-check', atMs }),
    );
  }

  /** The next look; undefined when nobody wants to, or there is nothing to be seen. */
  get next(): Due | undefined {
    return this.#due.next;
  }

  /** After every input: it is due as long as there are VMs. At whole multiples of its interval, so that nobody need remember when it was. */
  expectNext(): void {
    this.#due.expect();
  }

  /** Takes over what was expected at that instant, without telling anybody. */
  restore(nowMs: number, how: { readonly isOverdue: boolean }): void {
    this.#due.restore(nowMs, how);
  }

  get isOverdue(): boolean {
    return this.#due.isOverdue;
  }

  check(due: Check): void {
    if (!this.#due.comes(due)) return;
    const { bookings, desk, migration, orElse, outbox } = this.#parts;
    orElse(
      () => {
        const sitting = migration.sitting();
        const matter = { nowMs: outbox.nowMs, subject: 'migration' };
        const moves = sitting.ask(matter, 'rebalance', desk.view());
        const relocations = desk.relocations(moves);
        if (relocations === undefined)
          throw sitting.refuse(matter, 'rebalance', moves, 'moves that can be made together');
        sitting.keep();
        if (relocations.length > 0) bookings.rebalance(relocations);
      },
      () => undefined,
    );
  }

  get #isWanted(): boolean {
    const { migration, vms } = this.#parts;
    return migration.named.policy.rebalance !== undefined && vms.size > 0;
  }
}
