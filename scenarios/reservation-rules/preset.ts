// The reservation rules of a real system, as settings of a provider: one file and one line of catalogue.ts each.
import type { PolicyKey } from '../../engine/index.ts';
import type { ManagerField, NegotiationField } from '../schema/manager.ts';
import type { PolicyChoice } from '../schema/policies.ts';

export interface ReservationRulesPreset {
  /** Lower case with hyphens; what `reservationRules` of a provider says. */
  readonly name: string;
  /** The rule in a sentence. */
  readonly rule: string;
  /** Where it is written, or how it was observed. */
  readonly source: string;
  /** What of the system is not in the settings. Absent: nothing that bears on when and what users get. */
  readonly without?: string;
  /** Laid under what the provider says itself. */
  readonly settings: {
    readonly negotiation?: Partial<NegotiationField>;
    readonly manager?: Partial<ManagerField>;
    readonly policies?: Partial<Readonly<Record<Exclude<PolicyKey, 'buyer'>, PolicyChoice>>>;
  };
}
