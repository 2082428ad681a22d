// Regions, zones, and what EC2 has of networks. A provider is one place: one zone of one region, which is called what its user calls it.
import { filtered, named, paged } from '../filters.ts';
import { type Action, ownerOf, ZONE } from '../request.ts';

export const describeRegions: Action = ({ host, parameters, region }) => {
  parameters.flag('AllRegions');
  const regions = [{ regionName: region, regionEndpoint: host, optInStatus: 'opt-in-not-required' }];
  const asked = named(regions, parameters.list('RegionName'), {
    idOf: ({ regionName }) => regionName,
    code: 'InvalidParameterValue',
    what: 'region',
  });
  return {
    regionInfo: filtered(asked, parameters, {
      'region-name': ({ regionName }) => regionName,
      endpoint: ({ regionEndpoint }) => regionEndpoint,
      'opt-in-status': ({ optInStatus }) => optInStatus,
    }),
  };
};

export const describeAvailabilityZones: Action = ({ parameters, region }) => {
  parameters.flag('AllAvailabilityZones');
  const zone = (regionName: string) => ({
    zoneName: ZONE,
    zoneId: ZONE,
    zoneState: 'available',
    regionName,
    optInStatus: 'opt-in-not-required',
    zoneType: 'availability-zone',
  });
  // Who signs by version 2 says only here what the region is called.
  const regionNames = parameters
    .records('Filter')
    .flatMap((filter) => (filter.text('Name') === 'region-name' ? filter.list('Value') : []));
  const ids = { code: 'InvalidParameterValue', what: 'availability zone' };
  const byName = named([zone(regionNames[0] ?? region)], parameters.list('ZoneName'), {
    ...ids,
    idOf: ({ zoneName }) => zoneName,
  });
  const asked = named(byName, parameters.list('ZoneId'), { ...ids, idOf: ({ zoneId }) => zoneId });
  return {
    availabilityZoneInfo: filtered(asked, parameters, {
      'region-name': ({ regionName }) => regionName,
      'zone-name': ({ zoneName }) => zoneName,
      'zone-id': ({ zoneId }) => zoneId,
      'zone-type': ({ zoneType }) => zoneType,
      state: ({ zoneState }) => zoneState,
    }),
  };
};

/** There are no addresses of one's own; a client that asks for them goes on. */
export const describeAddresses: Action = ({ parameters }) => {
  parameters.overlook('Filter', 'PublicIp', 'AllocationId');
  return { addressesSet: [] };
};

/** There is one, which says what holds: nothing is kept from anybody. Wizards and libraries ask for it before they launch. */
export const describeSecurityGroups: Action = ({ account, parameters }) => {
  const ownerId = ownerOf(account);
  const all = [{ ipProtocol: '-1', ipRanges: [{ cidrIp: '0.0.0.0/0' }] }];
  const group = {
    ownerId,
    groupId: `sg-${ownerId.padStart(17, '0')}`,
    groupName: 'default',
    groupDescription: 'OpenPEX filters no traffic',
    ipPermissions: all,
    ipPermissionsEgress: all,
  };
  const ids = { code: 'InvalidGroup.NotFound', what: 'security group' };
  const byId = named([group], parameters.list('GroupId'), { ...ids, idOf: ({ groupId }) => groupId });
  const asked = named(byId, parameters.list('GroupName'), { ...ids, idOf: ({ groupName }) => groupName });
  const matching = filtered(asked, parameters, {
    description: ({ groupDescription }) => groupDescription,
    'group-id': ({ groupId }) => groupId,
    'group-name': ({ groupName }) => groupName,
    'owner-id': () => ownerId,
  });
  const { nextToken, page } = paged(matching, parameters, ({ groupId }) => groupId);
  return { securityGroupInfo: page, nextToken };
};
