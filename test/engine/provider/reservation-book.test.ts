import { expect, test } from 'vitest';
import { Reservation } from '../../../engine/provider/state/reservation.ts';
import { ReservationBook } from '../../../engine/provider/state/reservation-book.ts';

test('the book forgets an ended reservation but for how it ended, and that when 10,000 others have ended since', () => {
  const book = new ReservationBook();
  const ids = Array.from({ length: 25_000 }, (_, i) => `R${i}`);
  for (const id of ids) {
    const reservation = new Reservation(id, 'alice', null);
    book.add(reservation);
    book.bury(reservation, { state: 'REJECTED', reason: 'no-capacity' });
    book.forget(id);
  }
  expect(book.size).toBe(0);
  expect(book.get('R24999')).toBeUndefined();
  expect(ids.filter((id) => book.epitaph(id) !== undefined)).toEqual(ids.slice(-10_000));
});
