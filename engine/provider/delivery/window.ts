// The window of a confirmed reservation: it opens, its instances are launched, more may be claimed, its guests are shut down, it ends.

import type { ClaimReply, ProviderReply } from '../../domain/proposal.ts';
import type { Images } from '../images/images.ts';
import type { LeaseKinds } from '../leases/lease-of.ts';
import type { LeaseQueues } from '../leases/lease-queues.ts';
import type { StartForecasts } from '../leases/start-forecasts.ts';
import type { NodeMonitor } from '../monitors/node-monitor.ts';
import type { VmMonitor } from '../monitors/vm-monitor.ts';
import type { Changes } from '../negotiation/changes.ts';
import { type Ending, moveTo } from '../negotiation/ending.ts';
import type { OptionCover } from '../negotiation/option-cover.ts';
import type { Overbooking } from '../negotiation/overbooking.ts';
import type { Prices } from '../negotiation/prices.ts';
import type { ReservationManager } from '../negotiation/reservation-manager.ts';
import type { Outbox } from '../outbox.ts';
import type { Allocator } from '../placement/allocator.ts';
import type { Bookings } from '../placement/bookings.ts';
import { needOf } from '../placement/placement-of.ts';
import type { ProviderSettings } from '../provider-settings.ts';
import type { Instance, Reservation } from '../state/reservation.ts';
import type { Displacement } from './displacement.ts';
import type { GivingWay } from './giving-way.ts';
import type { Recovery } from './recovery.ts';

export interface WindowParts {
  readonly outbox: Outbox;
  readonly allocator: Allocator;
  readonly bookings: Bookings;
  /** Absent: images are on the nodes already. */
  readonly images: Images | undefined;
  readonly changes: Changes;
  readonly cover: OptionCover;
  readonly reservations: ReservationManager;
  readonly kinds: LeaseKinds;
  readonly queues: LeaseQueues;
  readonly forecasts: Pick<StartForecasts, 'began'>;
  readonly ending: Ending;
  readonly prices: Pick<Prices, 'ofClaim'>;
  readonly overbooking: Pick<Overbooking, 'came'>;
  readonly displacement: Displacement;
  readonly givingWay: GivingWay;
  readonly recovery: Recovery;
  readonly nodes: NodeMonitor;
  readonly vms: VmMonitor;
  readonly settings: ProviderSettings;
  readonly nodeIds: readonly string[];
}

export class Window {
  readonly #parts: WindowParts;

  constructor(parts: WindowParts) {
    this.#parts = parts;
  }

  /** The VMs of a confirmed reservation may start: at its start time, or now when that has passed. */
  activate(reservationId: string): ProviderReply {
    return this.#parts.reservations.onMessage(reservationId, 'activate', (reservation): ProviderReply => {
      this.#parts.overbooking.came(reservation);
      this.#activate(reservation);
      return { reply: 'REQUEST_SUCCESS' };
    });
  }

  /** Claims optional instances of an activated reservation. What fits is granted and started, once its window is open. */
  claim(reservationId: string, count: number, { isCharged }: { isCharged: boolean }): ClaimReply {
    return this.#parts.reservations.onMessage(
      reservationId,
      'claim',
      (reservation): { readonly reply: 'REQUEST_SUCCESS'; readonly granted: number } => ({
        reply: 'REQUEST_SUCCESS',
        granted: this.#grantOptions(reservation, count, isCharged),
      }),
    );
  }

  open(reservation: Reservation): void {
    const {
      displacement,
      ending,
      givingWay,
      kinds,
      nodeIds,
      nodes,
      outbox,
      recovery,
      reservations,
      settings,
    } = this.#parts;
    // A node may have been lost or drained since the booking was made, when there was no room elsewhere.
    const stranded = reservation.present.find((instance) => !displacement.settle(reservation, instance));
    if (stranded !== undefined) {
      const because = whyUnusable(nodes, stranded);
      if (kinds.canBeginAgain(reservation)) {
        givingWay.requeue(reservation, 'node-lost');
        return;
      }
      if (!recovery.isToWait(reservation, { because, instances: 1 })) {
        ending.end(reservation, 'fail', 'FAILED', because);
        return;
      }
    }
    this.#parts.forecasts.began(reservation);
    this.#parts.images?.opened(reservation);
    reservation.windowOpen = true;
    this.#parts.queues.leave(reservation);
    reservation.openedMs = outbox.nowMs;
    const { endMs, id: reservationId, terms } = reservation;
    const { demand } = terms;
    const pieces = reservation.shares(nodeIds);
    outbox.emit({ type: 'window-opened', reservationId, endMs, demand, pieces });
    reservations.expectNext(reservation);
    if (reservation.isSuspended) givingWay.resumed(reservation);
    else if (reservation.state === 'ACTIVATED') this.launch(reservation, reservation.present);
    else if (settings.autoActivate || terms.startsItself || kinds.known(terms)?.activatesItself)
      this.#activate(reservation);
  }

  shutDown(reservation: Reservation): void {
    const { outbox, vms } = this.#parts;
    outbox.touch(reservation);
    for (const { vm } of reservation.instances) if (vm !== undefined) vms.shutDown(vm);
  }

  /** Nobody came. */
  giveUp(reservation: Reservation): void {
    this.#parts.ending.end(reservation, 'window-over', 'EXPIRED', 'no-show');
  }

  /** Who was to have what somebody else does not come for has no room: nobody stayed away, or not in time. */
  bump(reservation: Reservation): void {
    if (reservation.state === 'CONFIRMED') this.giveUp(reservation);
    else this.#parts.ending.end(reservation, 'fail', 'FAILED', 'bumped');
  }

  /**
   * What stands still at the end of its window was not delivered in full: because its node was lost or drained, or because it waits yet,
   * or was given up, to be brought up.
   */
  close(reservation: Reservation): void {
    const { ending, nodes } = this.#parts;
    const parked = reservation.present.find(({ vm }) => vm?.parkedSinceMs !== undefined);
    if (parked !== undefined) ending.end(reservation, 'fail', 'FAILED', whyUnusable(nodes, parked));
    else if (reservation.undeliveredSinceMs !== undefined)
      ending.end(reservation, 'fail', 'FAILED', 'instance-failed');
    else ending.end(reservation, 'window-over', 'EXPIRED', 'window-over');
  }

  #activate(reservation: Reservation): void {
    const { outbox, reservations, settings } = this.#parts;
    moveTo(reservation, 'activate', 'ACTIVATED');
    outbox.touch(reservation);
    outbox.emit({ type: 'reservation-activated', reservationId: reservation.id });
    if (!reservation.windowOpen) return;
    if (settings.noShowGraceMs < Number.POSITIVE_INFINITY) reservations.expectNext(reservation);
    this.launch(reservation, reservation.present);
  }

  /** Brings up VMs of instances in an open window. */
  launch(reservation: Reservation, instances: readonly Instance[]): void {
    const { displacement, vms } = this.#parts;
    for (const instance of instances) {
      const hasPlace = displacement.settle(reservation, instance);
      const vm = vms.add(reservation, instance);
      if (hasPlace) vms.want(vm, 'running');
      else displacement.park(vm);
    }
  }

  #grantOptions(reservation: Reservation, asked: number, isCharged: boolean): number {
    const { allocator, bookings, changes, cover, images, nodeIds, outbox, prices } = this.#parts;
    const { numInstancesOption } = reservation.terms;
    const window = { ...needOf(reservation.terms), startMs: outbox.nowMs, endMs: reservation.endMs };
    const wanted = reservation.windowOpen
      ? Math.min(asked, numInstancesOption - reservation.optionsClaimed)
      : 0;
    let count = Math.max(0, wanted);
    // They begin now, so where their image is.
    const among = images?.among(reservation, outbox.nowMs);
    while (count > 0 && !allocator.hasRoom({ ...window, count }, among)) count -= 1;
    const { id: owner, instances, round } = reservation;
    const firstNumber = instances.length + 1;
    const placing = { owner, kind: 'reservation', round, firstNumber, among } as const;
    const sitting = allocator.sitting();
    const plan = count === 0 ? [] : allocator.place({ ...window, count }, placing, sitting);
    // A policy that fails does so before anything is changed.
    const price = isCharged && plan.length > 0 ? prices.ofClaim(reservation, count) : undefined;
    // A change was asked for without them.
    if (plan.length > 0) changes.withdraw(reservation, 'options-claimed');
    const added = plan.length === 0 ? [] : (bookings.add(reservation, plan, count) ?? []);
    const granted = added.length;
    if (granted > 0) {
      sitting.keep();
      if (reservation.covered !== undefined) cover.claim(reservation.covered, granted, outbox.nowMs);
      reservation.optionsClaimed += granted;
    }
    const priceMicros = granted > 0 ? (price?.priceMicros ?? 0) : 0;
    if (priceMicros > 0) {
      price?.keep();
      reservation.priceMicros += priceMicros;
      reservation.claims = [...reservation.claims, { count: granted, fromMs: outbox.nowMs, priceMicros }];
    }
    const pieces = reservation.shares(nodeIds, added);
    // Also when nothing was granted: so that the commit says whose claim it was.
    outbox.touch(reservation);
    const charge = priceMicros > 0 ? { priceMicros } : {};
    outbox.emit({
      type: 'options-claimed',
      reservationId: reservation.id,
      asked,
      granted,
      pieces,
      ...charge,
    });
    this.launch(reservation, added);
    return granted;
  }
}

function whyUnusable(nodes: NodeMonitor, { place }: Instance): 'node-drained' | 'node-lost' {
  return nodes.isUp(place.nodeIndex) ? 'node-drained' : 'node-lost';
}
