// What an input leads to: the part of the provider that each kind of it is for.
import { assertNever } from '../invariant.ts';
import { ENGINE_VERSION } from '../version.ts';
import type { Command, Due, Input, Replies, Report } from './input.ts';
import type { ProviderParts } from './provider-parts.ts';

/** What falls due so much later than it should could not be seen to in time. */
const AWAY_MS = 5_000;
const HOUR_MS = 3_600_000;

export class Intake {
  readonly #parts: ProviderParts;
  #forgottenMs = Number.NEGATIVE_INFINITY;
  #isStateChanged = false;

  constructor(parts: ProviderParts) {
    this.#parts = parts;
  }

  /** Hands it to whom it is for. @returns the answer to a command; null to every other input */
  take(input: Input): unknown {
    switch (input.kind) {
      case 'command':
        return this.#command(input.command);
      case 'report':
        this.#report(input.report);
        return null;
      case 'due':
        this.#due(input.due);
        return null;
      default:
        return assertNever(input);
    }
  }

  /** What the provider remembers beside its reservations may have changed. */
  noteStateChange(): void {
    this.#isStateChanged = true;
  }

  /** Whether it may have, since that was asked last. */
  takeStateChange(): boolean {
    const isChanged = this.#isStateChanged;
    this.#isStateChanged = false;
    return isChanged;
  }

  #command(command: Command): Replies[Command['name']] {
    switch (command.name) {
      case 'begin':
        this.#begin();
        return null;
      case 'initiate':
        return this.#parts.reservations.initiate(command);
      case 'request':
        this.#forgetPast();
        return this.#parts.reservations.request(command.reservationId, command.proposal, command.elsewhere);
      case 'open':
        this.#forgetPast();
        return this.#parts.reservations.open(command, command.proposal, command);
      case 'reply':
        return this.#parts.reservations.reply(command.reservationId, command.answer, command);
      case 'change':
        this.#forgetPast();
        return this.#parts.changes.ask(command.reservationId, command.asked, command.holdMs);
      case 'answer-change':
        return this.#parts.changes.answer(command.reservationId, command.answer);
      case 'partner-ended':
        this.#parts.reservations.partnerEnded(command);
        return null;
      case 'activate':
        return this.#parts.window.activate(command.reservationId);
      case 'cancel':
        return this.#parts.reservations.cancel(command.reservationId, command);
      case 'transfer':
        return this.#parts.reservations.transfer(command.reservationId, command.userId, command.sale);
      case 'list':
        return this.#parts.reservations.list(command.reservationId, command.askMicros);
      case 'claim':
        return this.#parts.window.claim(command.reservationId, command.count, {
          isCharged: command.charged === true,
        });
      case 'instance':
        return this.#parts.instances.handle(command.vmId, command.command);
      case 'drain':
        this.#isStateChanged = true;
        this.#parts.nodes.drain(command.nodeId, command.untilMs);
        return null;
      case 'enable':
        this.#isStateChanged = true;
        this.#parts.nodes.enable(command.nodeId);
        return null;
      case 'plan-maintenance': {
        const { fromMs, maintenanceId: outageId, nodeId, untilMs } = command;
        this.#isStateChanged = true;
        return this.#parts.nodes.plan({ outageId, nodeId, cause: 'maintenance', fromMs, untilMs }) ?? null;
      }
      case 'end-maintenance':
        this.#isStateChanged = true;
        this.#parts.nodes.cancel(command.maintenanceId);
        return null;
      default:
        return assertNever(command);
    }
  }

  #report(report: Report): void {
    switch (report.kind) {
      case 'done':
        this.#parts.vms.operationDone(report);
        break;
      case 'failed':
        this.#parts.vms.operationFailed(report);
        break;
      case 'vm':
        this.#parts.vms.observe(report.vm, report.cause);
        break;
      case 'node-down':
        this.#isStateChanged = true;
        this.#parts.nodes.nodeDown(report.nodeId, report.silentSinceMs);
        break;
      case 'node-up':
        this.#isStateChanged = true;
        this.#parts.nodes.nodeUp(report.nodeId);
        break;
      case 'node-power':
        this.#parts.nodes.nodePower(report);
        break;
      case 'inventory':
        this.#parts.vms.takeInventory(report.vms);
        break;
      default:
        assertNever(report);
    }
  }

  /** No notice is taken of what is not expected (any more). */
  #due(due: Due): void {
    if (due.kind === 'migration-check') {
      this.#parts.rebalancing.check(due);
      return;
    }
    if (due.kind === 'auction') {
      this.#parts.auctions.hold(due);
      return;
    }
    if (due.kind === 'image-transfer') {
      if (this.#parts.images?.comes(due) === true) this.#parts.images.advance();
      return;
    }
    if (due.kind === 'retry' || due.kind === 'removal') {
      const vm = this.#parts.vms.get(due.vmId);
      if (!this.#parts.agenda.take(due, vm)) return;
      this.#parts.outbox.touch(vm!.reservation);
      if (due.kind === 'retry') this.#parts.vms.converge(vm!);
      else this.#parts.vms.want(vm!, 'deleted');
      return;
    }
    if ('outageId' in due) {
      if (this.#parts.nodes.fallDue(due)) this.#isStateChanged = true;
      return;
    }
    const reservation = this.#parts.book.get(due.reservationId);
    if (reservation === undefined || !this.#parts.agenda.take(due, reservation)) return;
    this.#parts.outbox.touch(reservation);
    switch (due.kind) {
      case 'hold-expiry':
        this.#parts.ending.end(reservation, 'hold-expired', 'EXPIRED', 'hold-expired', {
          // Nobody could answer while the provider was away.
          givesBack: this.#parts.outbox.nowMs - due.atMs > AWAY_MS ? true : undefined,
        });
        break;
      case 'wait-over':
        this.#parts.ending.end(reservation, 'wait-over', 'REJECTED', 'waited-in-vain');
        break;
      case 'change-expiry':
        this.#parts.changes.withdraw(reservation, 'hold-expired');
        break;
      case 'start':
        if (this.#parts.nodes.prolongOverdue()) this.#isStateChanged = true;
        if (!reservation.isWithoutCapacity) this.#parts.window.open(reservation);
        else this.#parts.displacement.roomCameFree();
        break;
      case 'no-show':
        this.#parts.window.giveUp(reservation);
        break;
      case 'bump':
        this.#parts.window.bump(reservation);
        break;
      case 'shutdown':
        this.#parts.window.shutDown(reservation);
        break;
      case 'end':
        this.#parts.window.close(reservation);
        break;
      case 'give-way':
        this.#parts.givingWay.giveWay(reservation);
        break;
      case 'suspended':
        this.#parts.givingWay.suspended(reservation);
        break;
      default:
        assertNever(due);
    }
  }

  #begin(): void {
    const { costs, resources, sharedDiskGib } = this.#parts.cluster;
    this.#isStateChanged = true;
    this.#parts.outbox.emit({
      type: 'provider-joined',
      engine: ENGINE_VERSION,
      pool: { diskGib: sharedDiskGib ?? null },
      ...(resources !== undefined && resources.length > 0 && { resources }),
      ...(costs !== undefined && { costs }),
    });
    this.#parts.nodes.announce();
  }

  /** Once in a while, lets the calendars drop what lies in the past. */
  #forgetPast(): void {
    const { nowMs } = this.#parts.outbox;
    if (nowMs < this.#forgottenMs + HOUR_MS) return;
    this.#forgottenMs = nowMs;
    this.#parts.calendar.forgetBefore(nowMs);
    this.#parts.cover.forgetBefore(nowMs);
  }
}
