// Instance types and images: what the service has of either.
import type { Resources } from '../../../engine/index.ts';
import { filtered, named, paged } from '../filters.ts';
import { imageIdOf } from '../ids.ts';
import { readInstanceType } from '../offered.ts';
import { type Action, ownerOf, ZONE } from '../request.ts';
import { ITEMS, XMLNS } from '../xml.ts';

/** Eucalyptus has its own words for types, in a namespace of its own. */
const EUCALYPTUS = 'http://msgs.eucalyptus.com/3.3.0';

const vcpusOf = ({ milliCpus }: Resources): number => Math.max(1, Math.ceil(milliCpus / 1000));

export const describeInstanceTypes: Action = ({ parameters }, { service }) => {
  const asked = parameters.list('InstanceType').map((text) => readInstanceType(text, service).type);
  const types = [...service.instanceTypes].map(([name, demand]) => ({ name, demand }));
  const chosen = asked.length === 0 ? types : types.filter(({ name }) => asked.includes(name));
  const matching = filtered(chosen, parameters, {
    'instance-type': ({ name }) => name,
    'vcpu-info.default-vcpus': ({ demand }) => vcpusOf(demand),
    'memory-info.size-in-mib': ({ demand }) => demand.memoryMib,
    'current-generation': () => true,
    hypervisor: () => 'xen',
  });
  const { nextToken, page } = paged(
    matching.sort((a, b) => (a.name < b.name ? -1 : 1)),
    parameters,
    ({ name }) => name,
  );
  return {
    instanceTypeSet: page.map(({ demand, name }) => ({
      instanceType: name,
      currentGeneration: true,
      supportedUsageClasses: ['on-demand'],
      bareMetal: false,
      hypervisor: 'xen',
      vCpuInfo: { defaultVCpus: vcpusOf(demand) },
      memoryInfo: { sizeInMiB: demand.memoryMib },
      instanceStorageSupported: demand.diskGib > 0,
      ...(demand.diskGib > 0 && { instanceStorageInfo: { totalSizeInGB: demand.diskGib } }),
    })),
    instanceTypeDetails: {
      [XMLNS]: EUCALYPTUS,
      [ITEMS]: page.map(({ demand, name }) => ({
        name,
        cpu: vcpusOf(demand),
        disk: demand.diskGib,
        memory: demand.memoryMib,
      })),
    },
    nextToken,
  };
};

export const describeInstanceTypeOfferings: Action = ({ parameters, region }, { service }) => {
  const kind = parameters.choice('LocationType', ['region', 'availability-zone']) ?? 'region';
  const location = kind === 'region' ? region : ZONE;
  const offerings = [...service.instanceTypes.keys()].sort().map((instanceType) => ({
    instanceType,
    locationType: kind,
    location,
  }));
  const matching = filtered(offerings, parameters, {
    'instance-type': ({ instanceType }) => instanceType,
    location: () => location,
  });
  const { nextToken, page } = paged(matching, parameters, ({ instanceType }) => instanceType);
  return { instanceTypeOfferingSet: page, nextToken };
};

export const describeImages: Action = ({ account, parameters }, { service }) => {
  parameters.flag('IncludeDeprecated');
  parameters.flag('IncludeDisabled');
  const owners = parameters.list('Owner');
  parameters.list('ExecutableBy');
  const images = service.templates.map(({ description, name }) => ({
    imageId: imageIdOf(name),
    imageLocation: name,
    imageState: 'available',
    imageOwnerId: OWNER,
    isPublic: true,
    architecture: 'x86_64',
    imageType: 'machine',
    name,
    description,
    rootDeviceType: 'instance-store',
    virtualizationType: 'hvm',
    hypervisor: 'xen',
  }));
  // They are the provider's: who asks for their own has none.
  const isTheirs = owners.every((owner) => owner === 'self' || owner === ownerOf(account));
  const owned = owners.length > 0 && isTheirs ? [] : images;
  const asked = named(owned, parameters.list('ImageId'), {
    idOf: ({ imageId }) => imageId,
    code: 'InvalidAMIID.NotFound',
    what: 'image id',
  });
  const matching = filtered(asked, parameters, {
    'image-id': ({ imageId }) => imageId,
    name: ({ name }) => name,
    description: ({ description }) => description,
    state: ({ imageState }) => imageState,
    'is-public': () => true,
    'owner-id': () => OWNER,
    architecture: ({ architecture }) => architecture,
    'image-type': ({ imageType }) => imageType,
    'root-device-type': ({ rootDeviceType }) => rootDeviceType,
    'virtualization-type': ({ virtualizationType }) => virtualizationType,
    hypervisor: ({ hypervisor }) => hypervisor,
  });
  const { nextToken, page } = paged(
    matching.sort((a, b) => (a.imageId < b.imageId ? -1 : 1)),
    parameters,
    ({ imageId }) => imageId,
  );
  return { imagesSet: page, nextToken };
};

/** Of what is the provider's. */
const OWNER = '000000000000';
