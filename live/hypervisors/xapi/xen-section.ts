// The `xen` section of a configuration: how a pool is reached and what of it is used.
import { type Static, Type } from 'typebox';
import { durationMs, finiteDurationOption } from '../../../written/duration.ts';
import { ConsoleAddress } from '../console.ts';
import type { XenPace, XenSettings } from './xen-settings.ts';

export const XenSection = Type.Object(
  {
    url: Type.String({
      minLength: 1,
      description: 'https://HOST of the pool’s master, or of any member; http:// only for xapi-sim.',
    }),
    user: Type.String({
      minLength: 1,
      default: 'root',
      description: 'Who logs in. The least role is vm-power-admin.',
    }),
    password: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Absent: the environment variable OPENPEX_XEN_PASSWORD. Variables are filled in, as in `database`.',
      }),
    ),
    allowUnauthorized: Type.Boolean({
      default: false,
      description:
        'Takes any certificate. Better: leave it off and name the pool’s PEM file in the environment variable NODE_EXTRA_CA_CERTS.',
    }),
    hosts: Type.Array(Type.String({ minLength: 1 }), {
      default: [],
      description:
        'Addresses of other members, to find the master when the one of the URL is down at the start.',
    }),
    transport: Type.Enum(['auto', 'json-rpc', 'xml-rpc'], {
      default: 'auto',
      description: 'The wire format; auto: JSON-RPC where the pool knows it.',
    }),
    nodeNames: Type.Enum(['name', 'uuid'], {
      default: 'name',
      description: 'What nodes are called after: the name of their host, or its uuid.',
    }),
    templates: Type.Object(
      {
        prefix: Type.Optional(
          Type.String({ minLength: 1, description: 'Templates whose name begins with this are for users.' }),
        ),
        tag: Type.Optional(
          Type.String({ minLength: 1, description: 'Instead: templates that have this tag.' }),
        ),
      },
      {
        additionalProperties: false,
        default: {},
        description:
          'Which templates of the pool users can choose from; without either, those named "PEX …".',
      },
    ),
    clone: Type.Enum(['fast', 'full'], {
      default: 'fast',
      description: 'fast: disks share with the template what they do not change; full: copies.',
    }),
    storageRepository: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'Name or uuid: where full copies and new disks go. Absent: the default of the pool.',
      }),
    ),
    network: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'Name or uuid: of the first network card of each VM. Absent: as in the template.',
      }),
    ),
    macs: Type.Array(Type.String({ pattern: '^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$' }), {
      default: [],
      description: 'MAC addresses for the first network card of each VM; without any, Xen makes them up.',
    }),
    console: ConsoleAddress,
    stopGrace: finiteDurationOption({
      default: '2m',
      description: 'How long a guest may take to shut down or reboot before it is forced.',
    }),
    operationTimeout: finiteDurationOption({
      default: '10m',
      description: 'How long any operation on a VM may take.',
    }),
    perHostConcurrency: Type.Integer({
      minimum: 1,
      maximum: 100,
      default: 4,
      description: 'Operations at a time on one host.',
    }),
    resetLostVms: Type.Boolean({
      default: false,
      description:
        'Declare VMs halted whose host the pool takes for dead, and start them elsewhere. Only where such a host is sure to be off: a VM that runs twice ruins its disk. Off: wait for HA or an operator.',
    }),
  },
  {
    additionalProperties: false,
    description: 'The Xen pool that carries VMs. With it, --hypervisor xapi is the default.',
  },
);
export type XenSection = Static<typeof XenSection>;

/** @param access checked and filled in already */
export function xenSettings(
  section: XenSection,
  access: { readonly url: string; readonly password: string },
  pace: XenPace,
): XenSettings {
  const { console, macs, network, operationTimeout, stopGrace, storageRepository, templates, ...rest } =
    section;
  return {
    ...rest,
    ...access,
    storageRepository,
    network,
    console,
    macs,
    templates:
      templates.tag === undefined
        ? { by: 'prefix', text: templates.prefix ?? 'PEX' }
        : { by: 'tag', text: templates.tag },
    stopGraceMs: durationMs(stopGrace),
    operationTimeoutMs: durationMs(operationTimeout),
    pace,
  };
}
