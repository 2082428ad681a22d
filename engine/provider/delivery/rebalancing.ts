// The regular look of the migration policy at the running VMs: when it is due, and what it moves.
import type { Seat } from '../../policy/policy-seat.ts';
import type { Due } from '../input.ts';
import type { VmMonitor } from '../monitors/vm-monitor.ts';
import type { Outbox } from '../outbox.ts';
import type { Bookings } from '../placement/bookings.ts';
import type { MigrationDesk } from '../placement/migration-desk.ts';
import type { OrElse } from '../policy-fallback.ts';
import type { ProviderSettings } from '../provider-settings.ts';

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
  readonly #intervalMs: number;
  #next: Check | undefined;

  constructor(parts: RebalancingParts) {
    this.#parts = parts;
    this.#intervalMs = parts.settings.migrationIntervalMs ?? USUAL_INTERVAL_MS;
  }

  /** The next look; undefined when nobody wants to, or there is nothing to be seen. */
  get next(): Due | undefined {
    return this.#next;
  }

  /** After every input: it is due as long as there are VMs. At whole multiples of its interval, so that nobody need remember when it was. */
  expectNext(): void {
    const { outbox } = this.#parts;
    const isWanted = this.#isWanted;
    if (isWanted === (this.#next !== undefined)) return;
    if (isWanted) {
      this.#next = this.#after(outbox.nowMs);
      outbox.arm(this.#next);
    } else {
      outbox.disarm(this.#next!);
      this.#next = undefined;
    }
  }

  /** Takes over what was expected at that instant, without telling anybody. */
  restore(nowMs: number): void {
    this.#next = this.#isWanted ? this.#after(nowMs) : undefined;
  }

  check({ atMs }: Check): void {
    if (this.#next?.atMs !== atMs) return;
    this.#next = undefined;
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

  #after(nowMs: number): Check {
    const intervalMs = this.#intervalMs;
    return { kind: 'migration-check', atMs: (Math.floor(nowMs / intervalMs) + 1) * intervalMs };
  }
}
