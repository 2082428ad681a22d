// What is asked for once is done once, also when a crash or a lost connection comes in between: a group is stored before its slots are
// confirmed, and whoever comes next for the account finishes it, or takes it back.
import { createHash } from 'node:crypto';
import type { AccountRecord, Ec2GroupRecord, Ec2SlotRecord } from '../records.ts';
import { giveUp } from '../service/giving-up.ts';
import { Ec2Error } from './errors.ts';
import type { Ec2Parts, Ec2Request } from './request.ts';
import { confirm } from './slots.ts';
import type { Tag } from './tags.ts';

/** By what a repetition is known. */
export type Identity = Pick<Ec2GroupRecord, 'fingerprint' | 'token'>;

/** What says nothing about what is asked for. */
const BESIDE_THE_POINT =
  /^(ClientToken|DryRun|Version|AWSAccessKeyId|Signature|SignatureMethod|SignatureVersion|Timestamp|Expires)$/;

/** @param clientToken an empty one is none */
export function identityOf(
  { action, invocationId, parameters }: Ec2Request,
  clientToken: string | undefined,
): Identity {
  const said = parameters.entries().filter(([name]) => !BESIDE_THE_POINT.test(name));
  const fingerprint = createHash('sha256')
    .update(JSON.stringify(said.sort(([a], [b]) => (a < b ? -1 : 1))))
    .digest('hex');
  if (clientToken !== undefined && clientToken !== '')
    return { token: `${action}/token/${clientToken}`, fingerprint };
  return { token: invocationId === undefined ? null : `${action}/invocation/${invocationId}`, fingerprint };
}

/**
 * In the account's turn: what was interrupted is put right, and what was asked for before is not done again.
 * @throws Ec2Error IdempotentParameterMismatch
 */
export async function once(
  { account }: Pick<Ec2Request, 'account'>,
  parts: Ec2Parts,
  identity: Identity,
  make: () => Promise<Ec2GroupRecord>,
): Promise<Ec2GroupRecord> {
  const { store, turns } = parts;
  return turns.take(account.userId, async () => {
    await putRight(account, parts);
    const { fingerprint, token } = identity;
    const before = token === null ? undefined : await store.findByToken(account.userId, token);
    if (before === undefined) return make();
    if (before.fingerprint === fingerprint) return before;
    throw new Ec2Error(
      'IdempotentParameterMismatch',
      'The request uses the same client token as a previous, but non-identical request.',
    );
  });
}

/**
 * Stores a group, and confirms its slots, all of them.
 * @param held those that are not confirmed yet
 * @returns false when they could not be: then nothing of it is left
 */
export async function establish(
  account: AccountRecord,
  parts: Ec2Parts,
  {
    group,
    slots,
    tags,
    held,
  }: {
    readonly group: Ec2GroupRecord;
    readonly slots: readonly Ec2SlotRecord[];
    readonly tags: readonly (Tag & { readonly resourceId: string })[];
    readonly held: readonly string[];
  },
): Promise<boolean> {
  const { userId } = account;
  await parts.store.save(
    [{ ...group, isSettled: false }],
    slots,
    tags.map((tag) => ({ ...tag, userId })),
  );
  try {
    if (await confirm(held, account, parts, { activates: group.kind === 'launch' })) {
      await parts.store.save([{ ...group, isSettled: true }], []);
      return true;
    }
  } catch (error) {
    await parts.store.forget(group);
    throw error;
  }
  await parts.store.forget(group);
  return false;
}

/** What a crash left half done: it is as it was meant, or taken back. */
async function putRight(account: AccountRecord, parts: Ec2Parts): Promise<void> {
  const { reservations, store } = parts;
  for (const group of await store.unsettled(account.userId)) {
    const slots = await store.slotsOf(account.userId, group.groupId);
    const states = await Promise.all(
      slots.map(async ({ reservationId }) => (await reservations.get(reservationId))?.state),
    );
    const isMeant = (state: (typeof states)[number]) =>
      state === 'ACTIVATED' || (group.kind === 'capacity' && state === 'CONFIRMED');
    if (states.every(isMeant)) {
      await store.save([{ ...group, isSettled: true }], []);
      continue;
    }
    // The places of a capacity reservation stay when nothing comes of what was to be launched there.
    const own = slots.filter(({ capacityId }) => group.kind === 'capacity' || capacityId === null);
    for (const { reservationId } of own) await giveUp(reservationId, account, parts);
    await store.forget(group);
  }
}
