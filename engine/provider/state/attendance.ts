// Who came and who stayed away, of those who had reserved and were to come: what the chance of a no-show is learned from (negotiation/no-show-chance.ts).

export interface AttendanceCount {
  readonly came: number;
  readonly stayedAway: number;
}

export interface UserAttendance extends AttendanceCount {
  readonly userId: string;
}

/** Plain JSON. Replaced, never changed. */
export interface AttendanceMemory extends AttendanceCount {
  /** Of those of whom it was noted, in the order in which they were first seen; absent: it is not noted of whom. */
  readonly byUser?: readonly UserAttendance[];
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

  /**
   * One more who was to come came, or did not.
   * @param userId absent: whoever it was, and what was known of users is forgotten
   */
  note({ came, userId }: { readonly came: boolean; readonly userId?: string }): void {
    const { byUser = [] } = this.#memory;
    const next: AttendanceMemory = {
      ...counted(this.#memory, came),
      ...(userId !== undefined && { byUser: notedOf(byUser, userId, came) }),
    };
    this.#memory = next.came + next.stayedAway < COUNTED_MAX ? next : halved(next);
  }
}

function counted({ came, stayedAway }: AttendanceCount, hasCome: boolean): AttendanceCount {
  return hasCome ? { came: came + 1, stayedAway } : { came, stayedAway: stayedAway + 1 };
}

function notedOf(users: readonly UserAttendance[], userId: string, came: boolean): readonly UserAttendance[] {
  const at = users.findIndex((user) => user.userId === userId);
  const known = at < 0 ? { came: 0, stayedAway: 0 } : users[at]!;
  const next = { userId, ...counted(known, came) };
  return at < 0 ? [...users, next] : users.with(at, next);
}

function halved({ byUser, ...all }: AttendanceMemory): AttendanceMemory {
  const left = byUser?.map(({ userId, ...own }) => ({ userId, ...half(own) }));
  return {
    ...half(all),
    // Of whom hardly anything is left nothing is known: so long there are fewer of them than are counted.
    ...(left !== undefined && { byUser: left.filter(({ came, stayedAway }) => came + stayedAway > 1) }),
  };
}

/** Rounded to the side of those who come. */
function half({ came, stayedAway }: AttendanceCount): AttendanceCount {
  return { came: Math.ceil(came / 2), stayedAway: Math.floor(stayedAway / 2) };
}
