// Who came and who stayed away, of those who had reserved and were to come: what the chance of a no-show is learned from (negotiation/no-show-chance.ts).

/** Plain JSON. Replaced, never changed. */
export interface AttendanceMemory {
  readonly came: number;
  readonly stayedAway: number;
}

/** Times change: when so many are counted, all count half. */
const COUNTED_MAX = 4_000;

export class Attendance {
  #memory: AttendanceMemory = { came: 0, stayedAway: 0 };

  get memory(): AttendanceMemory {
    return this.#memory;
  }

  restore(memory: AttendanceMemory): void {
    this.#memory = memory;
  }

  /** One more who was to come came, or did not. */
  note({ came }: { readonly came: boolean }): void {
    const { came: all, stayedAway } = this.#memory;
    const next = came ? { came: all + 1, stayedAway } : { came: all, stayedAway: stayedAway + 1 };
    // Rounded to the side of those who come.
    this.#memory =
      next.came + next.stayedAway < COUNTED_MAX
        ? next
        : { came: Math.ceil(next.came / 2), stayedAway: Math.floor(next.stayedAway / 2) };
  }
}
