// Every version of the schema, oldest first. What was released is never edited: a change is a new file and a new entry.
import type { Knex } from 'knex';
import { up as firstSchema } from './001-first-schema.ts';
import { up as inputs } from './002-inputs.ts';
import { up as outages } from './003-outages.ts';
import { up as keptVms } from './004-kept-vms.ts';
import { up as confirmations } from './005-confirmations.ts';
import { up as accountsAndClaims } from './006-accounts-and-claims.ts';
import { up as answers } from './007-answers.ts';
import { up as tokens } from './008-tokens.ts';
import { up as changes } from './009-changes.ts';
import { up as staying } from './010-staying.ts';
import { up as leeway } from './011-leeway.ts';
import { up as archives } from './012-archives.ts';
import { up as rollingLimits } from './013-rolling-limits.ts';
import { up as offerDetails } from './014-offer-details.ts';
import { up as progress } from './015-progress.ts';
import { up as waitlist } from './016-waitlist.ts';
import { up as notifications } from './017-notifications.ts';
import { up as projects } from './018-projects.ts';
import { up as auditAndIdentities } from './019-audit-and-identities.ts';
import { up as starts } from './020-starts.ts';
import { up as guestLogins } from './021-guest-logins.ts';
import { up as accessKeys } from './022-access-keys.ts';
import { up as ec2 } from './023-ec2.ts';
import { up as journalOfReservation } from './024-journal-of-reservation.ts';
import { up as secondChoices } from './025-second-choices.ts';
import { up as reservationLabels } from './026-reservation-labels.ts';
import { up as statesOfAUser } from './027-states-of-a-user.ts';
import { up as serviceAndPledges } from './028-service-and-pledges.ts';
import { up as nodePreferences } from './029-node-preferences.ts';
import { up as managedServices } from './030-managed-services.ts';
import { up as offerParts } from './031-offer-parts.ts';
import { up as passages } from './032-passages.ts';
import { up as sites } from './033-sites.ts';
import { up as imageState } from './034-image-state.ts';
import { up as pausedAtTheConsole } from './035-paused-at-the-console.ts';

export interface Migration {
  readonly version: number;
  readonly name: string;
  up(trx: Knex): Promise<void>;
}

export const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: 'first-schema', up: firstSchema },
  { version: 2, name: 'inputs', up: inputs },
  { version: 3, name: 'outages', up: outages },
  { version: 4, name: 'kept-vms', up: keptVms },
  { version: 5, name: 'confirmations', up: confirmations },
  { version: 6, name: 'accounts-and-claims', up: accountsAndClaims },
  { version: 7, name: 'answers', up: answers },
  { version: 8, name: 'tokens', up: tokens },
  { version: 9, name: 'changes', up: changes },
  { version: 10, name: 'staying', up: staying },
  { version: 11, name: 'leeway', up: leeway },
  { version: 12, name: 'archives', up: archives },
  { version: 13, name: 'rolling-limits', up: rollingLimits },
  { version: 14, name: 'offer-details', up: offerDetails },
  { version: 15, name: 'progress', up: progress },
  { version: 16, name: 'waitlist', up: waitlist },
  { version: 17, name: 'notifications', up: notifications },
  { version: 18, name: 'projects', up: projects },
  { version: 19, name: 'audit-and-identities', up: auditAndIdentities },
  { version: 20, name: 'starts', up: starts },
  { version: 21, name: 'guest-logins', up: guestLogins },
  { version: 22, name: 'access-keys', up: accessKeys },
  { version: 23, name: 'ec2', up: ec2 },
  { version: 24, name: 'journal-of-reservation', up: journalOfReservation },
  { version: 25, name: 'second-choices', up: secondChoices },
  { version: 26, name: 'reservation-labels', up: reservationLabels },
  { version: 27, name: 'states-of-a-user', up: statesOfAUser },
  { version: 28, name: 'service-and-pledges', up: serviceAndPledges },
  { version: 29, name: 'node-preferences', up: nodePreferences },
  { version: 30, name: 'managed-services', up: managedServices },
  { version: 31, name: 'offer-parts', up: offerParts },
  { version: 32, name: 'passages', up: passages },
  { version: 33, name: 'sites', up: sites },
  { version: 34, name: 'image-state', up: imageState },
  { version: 35, name: 'paused-at-the-console', up: pausedAtTheConsole },
];

/** What this program reads and writes. */
export const SCHEMA_VERSION = Math.max(...MIGRATIONS.map(({ version }) => version));
