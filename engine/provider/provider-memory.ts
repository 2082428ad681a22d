// What a provider remembers beside its reservations: of its nodes, of images, policies, forecasts and who stayed away.
import type { ProviderParts } from './provider-parts.ts';
import type { ProviderState, RegularKind } from './state/snapshot.ts';

type MemoryParts = Pick<
  ProviderParts,
  | 'attendance'
  | 'auctions'
  | 'forecasts'
  | 'images'
  | 'nodes'
  | 'overbooking'
  | 'rebalancing'
  | 'replicas'
  | 'seats'
  | 'turnForecasts'
>;

export class ProviderMemory {
  readonly #parts: MemoryParts;
  // Each as it was after the last input.
  #memories: readonly unknown[];
  #forecastsBefore: unknown;
  #turnForecastsBefore: unknown;
  #attendanceBefore: unknown;
  #imagesBefore: unknown;
  #overdueBefore: string;

  /** What the parts remember now is known. */
  constructor(parts: MemoryParts) {
    const { attendance, forecasts, images, seats, turnForecasts } = parts;
    this.#parts = parts;
    this.#memories = seats.map(({ memory }) => memory);
    this.#forecastsBefore = forecasts.memory;
    this.#turnForecastsBefore = turnForecasts.memory;
    this.#attendanceBefore = attendance.memory;
    this.#imagesBefore = images?.memory;
    this.#overdueBefore = this.#overdue().join();
  }

  /**
   * Whether it has changed since that was asked last.
   * @param isNoted it may have, as somebody noted: in what is known of the nodes
   */
  takeChange(isNoted: boolean): boolean {
    const { memory: forecasts } = this.#parts.forecasts;
    const { memory: turnForecasts } = this.#parts.turnForecasts;
    const isForecastChanged =
      forecasts !== this.#forecastsBefore || turnForecasts !== this.#turnForecastsBefore;
    this.#forecastsBefore = forecasts;
    this.#turnForecastsBefore = turnForecasts;
    const { memory: attendance } = this.#parts.attendance;
    const isAttendanceChanged = attendance !== this.#attendanceBefore;
    this.#attendanceBefore = attendance;
    const images = this.#parts.images?.memory;
    const areImagesChanged = images !== this.#imagesBefore;
    this.#imagesBefore = images;
    const overdue = this.#overdue().join();
    const isOverdueChanged = overdue !== this.#overdueBefore;
    this.#overdueBefore = overdue;
    if (this.#parts.seats.every(({ memory }, i) => memory === this.#memories[i]))
      return (
        isNoted ||
        isForecastChanged ||
        isAttendanceChanged ||
        areImagesChanged ||
        isOverdueChanged ||
        this.#parts.replicas !== undefined
      );
    this.#memories = this.#parts.seats.map(({ memory }) => memory);
    return true;
  }

  /** As it is stored. */
  state(): ProviderState {
    const { attendance, forecasts, images, nodes, overbooking, replicas, seats, turnForecasts } = this.#parts;
    const overdue = this.#overdue();
    return {
      ...nodes.knowledge(),
      policyMemory: seats.flatMap((seat) => seat.snapshot() ?? []),
      ...(forecasts.areMade && { forecasts: { ...forecasts.memory, waits: turnForecasts.memory } }),
      ...(overbooking.learns && { attendance: attendance.memory }),
      ...(images !== undefined && { images: images.memory }),
      ...(replicas !== undefined && { replicas: replicas.snapshot() }),
      ...(overdue.length > 0 && { overdue }),
    };
  }

  /** Nothing, but between two inputs of one instant. */
  #overdue(): readonly RegularKind[] {
    const kinds: RegularKind[] = [];
    if (this.#parts.rebalancing.isOverdue) kinds.push('migration-check');
    if (this.#parts.auctions.isOverdue) kinds.push('auction');
    return kinds;
  }
}
