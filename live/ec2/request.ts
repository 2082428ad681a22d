// What an action of the EC2 interface is handed, and what it gives back.
import type { AccountStore } from '../database/account-store.ts';
import type { Ec2Store } from '../database/ec2-store.ts';
import type { Journal } from '../database/journal.ts';
import type { ReservationStore } from '../database/reservation-store.ts';
import type { AccountRecord } from '../records.ts';
import type { Service } from '../service/service.ts';
import type { Turns } from '../turns.ts';
import type { Parameters } from './parameters.ts';
import type { XmlValue } from './xml.ts';

export interface Ec2Parts {
  readonly service: Service;
  readonly accounts: Pick<AccountStore, 'get'>;
  readonly reservations: Pick<ReservationStore, 'get'>;
  readonly journal: Pick<Journal, 'page'>;
  readonly store: Ec2Store;
  /** One change at a time for each account, so that two cannot take the same place. */
  readonly turns: Turns<number>;
  /** How long an instance lives, and a capacity reservation lasts, when nobody says. */
  readonly lastingMs: number;
}

export interface Ec2Request {
  readonly action: string;
  readonly account: AccountRecord;
  readonly parameters: Parameters;
  /** As the client calls it. */
  readonly region: string;
  /** Host and port as the client called them. */
  readonly host: string;
  /** The same in all repetitions of one request, of clients that send it. */
  readonly invocationId: string | undefined;
  /**
   * To be called when all parameters are read and before anything is done.
   * @throws Ec2Error UnknownParameter for what was not read, DryRunOperation when nothing is to be done
   */
  beforeChange(): void;
}

export type Answer = Readonly<Record<string, XmlValue>>;

export type Action = (request: Ec2Request, parts: Ec2Parts) => Answer | Promise<Answer>;

/** The one zone there is: a provider is one place. */
export const ZONE = 'openpex1';

/** What is said of who owns something: the number of the account, in twelve digits. */
export function ownerOf({ userId }: Pick<AccountRecord, 'userId'>): string {
  return String(userId).padStart(12, '0');
}
