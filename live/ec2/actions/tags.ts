// Tags of what an account has: instances, capacity reservations, key pairs. Images and types are the provider's, and have none.
import { Ec2Error, invalidValue } from '../errors.ts';
import { type Estate, estateOf } from '../estate.ts';
import { byKey, filtered, paged } from '../filters.ts';
import type { Action, Ec2Parts, Ec2Request } from '../request.ts';
import { checkTagCount, readTags } from '../tags.ts';

const KINDS = { i: 'instance', cr: 'capacity-reservation', key: 'key-pair' } as const;

export const createTags: Action = async (request, parts) => {
  const { account, parameters } = request;
  const { userId } = account;
  const resources = parameters.list('ResourceId');
  const tags = readTags(parameters.records('Tag'));
  if (resources.length === 0) parameters.required('ResourceId');
  if (tags.length === 0) parameters.required('Tag.1.Key');
  await checkResources(resources, request, parts);
  const { tags: present } = await parts.store.holdings(userId, Number.MAX_SAFE_INTEGER);
  for (const id of resources) {
    const keys = present.flatMap(({ key, resourceId }) => (resourceId === id ? [key] : []));
    checkTagCount(new Set([...keys, ...tags.map(({ key }) => key)]).size);
  }
  request.beforeChange();
  await parts.store.tag(
    resources.flatMap((resourceId) => tags.map((tag) => ({ ...tag, userId, resourceId }))),
  );
  return { return: true };
};

/** A tag without a value goes whatever its value is; without tags all go. */
export const deleteTags: Action = async (request, parts) => {
  const { account, parameters } = request;
  const resources = parameters.list('ResourceId');
  const tags = parameters
    .records('Tag')
    .map((tag) => ({ key: tag.required('Key'), value: tag.text('Value') }));
  if (resources.length === 0) parameters.required('ResourceId');
  await checkResources(resources, request, parts);
  request.beforeChange();
  for (const resourceId of resources) {
    if (tags.length === 0) await parts.store.untag(account.userId, resourceId);
    for (const { key, value } of tags) await parts.store.untag(account.userId, resourceId, key, value);
  }
  return { return: true };
};

export const describeTags: Action = async (request, parts) => {
  const { account, parameters } = request;
  const estate = await estateOf(account, parts);
  const pairs = await parts.store.keyPairs(account.userId);
  const ids = [...idsOf(estate), ...pairs.map(({ pairId }) => pairId)];
  const tags = [...new Set(ids)].flatMap((resourceId) =>
    estate.tagsOf(resourceId).map((tag) => ({ resourceId, resourceType: kindOf(resourceId), ...tag })),
  );
  const keyOf = ({ key, resourceId }: { key: string; resourceId: string }) => `${resourceId}/${key}`;
  const matching = filtered(tags, parameters, {
    'resource-id': ({ resourceId }) => resourceId,
    'resource-type': ({ resourceType }) => resourceType,
    key: ({ key }) => key,
    value: ({ value }) => value,
  }).sort(byKey(keyOf));
  const { nextToken, page } = paged(matching, parameters, keyOf);
  return { tagSet: page, nextToken };
};

/** @throws Ec2Error in EC2's words for each kind of thing that is not there */
async function checkResources(
  ids: readonly string[],
  { account }: Ec2Request,
  parts: Ec2Parts,
): Promise<void> {
  const estate = await estateOf(account, parts);
  const pairs = await parts.store.keyPairs(account.userId);
  const known = new Set([...idsOf(estate), ...pairs.map(({ pairId }) => pairId)]);
  for (const id of ids) {
    if (known.has(id)) continue;
    const kind = kindOf(id);
    if (kind === undefined)
      throw invalidValue('ResourceId', id, 'an instance, a capacity reservation or a key pair');
    throw new Ec2Error(NOT_FOUND[kind], `The ${kind} ID '${id}' does not exist`);
  }
}

const NOT_FOUND = {
  instance: 'InvalidInstanceID.NotFound',
  'capacity-reservation': 'InvalidCapacityReservationId.NotFound',
  'key-pair': 'InvalidKeyPair.NotFound',
} as const;

function idsOf({ capacities, instances }: Estate): string[] {
  return [...instances.map(({ instanceId }) => instanceId), ...capacities.map(({ group }) => group.groupId)];
}

function kindOf(id: string): keyof typeof NOT_FOUND | undefined {
  return KINDS[(/^([a-z]+)-/.exec(id)?.[1] ?? '') as keyof typeof KINDS];
}
