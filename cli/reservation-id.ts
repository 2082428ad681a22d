// Which reservation a command is about. An id may be cut short as long as it is clear.
import type { OpenPexClient, Reservation } from '../live/client/index.ts';
import { InputError } from '../written/input-error.ts';

export const idPositional = {
  type: 'string',
  demandOption: true,
  describe: 'Of the reservation, or the first letters of it',
} as const;

const SHORTEST_ID = 4;

/** @throws InputError unless it is the id, or the beginning of the id of one reservation of whoever asks */
export async function wholeId(client: OpenPexClient, text: string): Promise<string> {
  const start = text.toUpperCase();
  if (start.length >= 36) return start;
  const found: Reservation[] = [];
  if (start.length >= SHORTEST_ID)
    for await (const row of client.all('listReservations')) if (row.id.startsWith(start)) found.push(row);
  if (found.length === 1) return found[0]!.id;
  const why =
    found.length === 0
      ? 'no reservation of yours begins like that'
      : `${found.length} reservations begin like that`;
  throw new InputError(
    'PEX_USAGE',
    `${text}: ${start.length < SHORTEST_ID ? `expected at least ${SHORTEST_ID} letters of an id` : why}`,
  );
}
