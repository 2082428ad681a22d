// `reservationRules: NAME` of a provider, written out: what its preset says is laid under what the provider says itself.
import type { WrittenDocument } from '../../written/document.ts';
import type { PathPart } from '../../written/written-value.ts';
import { RESERVATION_RULES } from '../reservation-rules/catalogue.ts';

/** A name that is not known is left to the schema. @param at where the provider stands in the document */
export function layReservationRules(document: WrittenDocument, at: readonly PathPart[]): void {
  const name = document.get([...at, 'reservationRules']);
  const preset = RESERVATION_RULES.find((each) => each.name === name);
  for (const [group, settings] of Object.entries(preset?.settings ?? {})) {
    for (const [key, value] of Object.entries(settings)) {
      const path = [...at, group, key];
      if (document.get(path) === undefined) document.set(path, value, `reservationRules: ${String(name)}`);
    }
  }
}
