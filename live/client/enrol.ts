// Opens an account for each of a list of people.
import { OpenPexProblem } from './problem.ts';

/** Somebody of the list, and whether there is an account now. */
export type Enrolled<P> = P & {
  /** Why not; null: it was made. */
  readonly refusal: string | null;
};

/** Passwords take long to store, each on a core of its own. */
const AT_ONCE = 4;

/**
 * Makes the accounts, some at a time; one that is refused keeps no other from being made.
 * @param register of the API
 * @param onDone how many are through
 * @throws what is no answer of the service
 */
export async function enrol<P>(
  people: readonly P[],
  register: (person: P) => Promise<unknown>,
  onDone: (count: number) => void = () => undefined,
): Promise<readonly Enrolled<P>[]> {
  const refusals = new Map<P, string | null>();
  const waiting = people.values();
  const next = async () => {
    // The iterator is shared, so that each is taken once.
    for (const person of waiting) {
      refusals.set(person, await refusalOf(register(person)));
      onDone(refusals.size);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
  return people.map((person) => ({ ...person, refusal: refusals.get(person) ?? null }));
}

/** Null: it was done. */
async function refusalOf(work: Promise<unknown>): Promise<string | null> {
  try {
    await work;
    return null;
  } catch (error) {
    if (!(error instanceof OpenPexProblem)) throw error;
    return error.message;
  }
}
