// Regions and zones. A provider is one place: one zone of one region, which is called what its user calls it.
import { filtered, named } from '../filters.ts';
import { type Action, ZONE } from '../request.ts';

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
