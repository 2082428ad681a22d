// The hardware of a scenario: node groups, presets, node lists of other projects.
import { type Static, Type } from 'typebox';
import { finiteDurationOption } from '../../written/duration.ts';
import { creditsOption } from '../../written/money.ts';
import { namedAmounts } from '../formats/named-amounts.ts';
import { MOST_CPUS, MOST_DISK_GIB, MOST_MEMORY_MIB } from './instance-types.ts';

const Power = Type.Union(
  [
    Type.Object(
      {
        idleW: Type.Number({ minimum: 0, description: 'Watts of an idle node.' }),
        peakW: Type.Number({ minimum: 0, description: 'Watts of a node whose CPUs are all busy.' }),
      },
      { additionalProperties: false },
    ),
    Type.Object(
      {
        watts: Type.Array(Type.Number({ minimum: 0 }), {
          minItems: 2,
          maxItems: 1001,
          description: 'Watts at equal steps from idle to all CPUs busy, straight lines between them.',
        }),
      },
      { additionalProperties: false },
    ),
    Type.Object(
      {
        file: Type.String({
          minLength: 1,
          description:
            'A CSV file with the columns server, and p0_W, p10_W … p100_W, as of SPECpower results.',
        }),
        server: Type.String({ minLength: 1, description: 'Its row.' }),
      },
      { additionalProperties: false },
    ),
  ],
  {
    description:
      'What a node draws, by how busy guests keep its CPUs: a line from idleW to peakW, a list of watts at equal steps, or a row of a table. Without it a node counts as using no energy.',
  },
);
export type PowerField = Static<typeof Power>;

const SITE_NAME = '^[A-Za-z][A-Za-z0-9_.-]*$';
const SITE_NAME_EXPECTED =
  'a name of letters, digits, dots, hyphens and underscores that begins with a letter';

export const NodeGroup = Type.Object(
  {
    group: Type.String({
      pattern: '^[A-Za-z][A-Za-z0-9_.-]*$',
      expected: 'a name of letters, digits, dots, hyphens and underscores that begins with a letter',
      description:
        'Name of the group. Its nodes are called `<group>-001`, `<group>-002` and so on; the only node of a group is called like the group.',
    }),
    count: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1_000_000,
        description: 'How many nodes. Absent: as many as there are `names`, or 1.',
      }),
    ),
    names: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        minItems: 1,
        description: 'Names of the nodes, where they have names of their own.',
      }),
    ),
    cpus: Type.Number({
      exclusiveMinimum: 0,
      maximum: MOST_CPUS,
      description: 'Virtual CPUs that guests may use, per node.',
    }),
    memoryMib: Type.Integer({
      minimum: 1,
      maximum: MOST_MEMORY_MIB,
      description: 'Memory per node, in MiB.',
    }),
    dom0MemoryMib: Type.Integer({
      minimum: 0,
      default: 0,
      description: 'The part of the memory that Dom-0 keeps for itself, in MiB.',
    }),
    diskGib: Type.Integer({
      minimum: 0,
      maximum: MOST_DISK_GIB,
      default: 0,
      description: 'Local disk per node, in GiB. Not used when the cluster has a shared storage node.',
    }),
    site: Type.Optional(
      Type.String({
        pattern: SITE_NAME,
        expected: SITE_NAME_EXPECTED,
        description: 'Where they stand: the name of a site. Absent: on none that has a name.',
      }),
    ),
    resources: namedAmounts('What else each node has, of the resources that the provider names: {gpu: 8}.'),
    models: Type.Optional(
      Type.Record(Type.String(), Type.String({ minLength: 1 }), {
        expected: 'a group of models by the name of the resource, such as {gpu: V100M32}',
        description: 'The model of its devices, of resources that come in them.',
      }),
    ),
    power: Type.Optional(Power),
  },
  { additionalProperties: false, description: 'Nodes that are alike.' },
);
export type NodeGroup = Static<typeof NodeGroup>;

/** What can be done with VMs on some of the nodes, where that is not everything. */
export const LimitsOfNodes = Type.Object(
  {
    of: Type.Array(Type.String({ minLength: 1 }), {
      minItems: 1,
      description: 'Names of nodes, or of groups of nodes.',
    }),
    liveMigration: Type.Optional(
      Type.Boolean({
        description: 'Whether running VMs can come to them, and leave them. Absent: they can.',
      }),
    ),
    suspension: Type.Optional(
      Type.Boolean({ description: 'Whether VMs can be suspended on them. Absent: they can.' }),
    ),
    storage: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Name of the storage with the disks and suspended images of their VMs. What stands still and has run goes only to nodes with the same one. Absent: that of their site, or one that all nodes share which are on none; the shared disk, where there is one.',
      }),
    ),
  },
  { additionalProperties: false, description: 'What some of the nodes cannot do.' },
);
export type LimitsOfNodes = Static<typeof LimitsOfNodes>;

const SiteLinkField = Type.Object(
  {
    between: Type.Array(Type.String({ minLength: 1 }), {
      minItems: 2,
      maxItems: 2,
      expected: 'a list of two sites',
      description: 'The two sites.',
    }),
    mbitPerS: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1e12,
      description: 'What it carries each way, in Mbit/s. Migrations at one time share it max-min fairly.',
    }),
    rtt: finiteDurationOption({
      default: '0s',
      description:
        'How long it is, there and back: a migration takes one before its first byte, and one while the guest stands still.',
    }),
    windowKib: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1e12,
        description:
          'What one migration has under way at most, so that it gets no more than that for each round trip. Absent: what the link carries.',
      }),
    ),
  },
  { additionalProperties: false, description: 'A link between two sites.' },
);
export type SiteLinkField = Static<typeof SiteLinkField>;

export const ClusterField = Type.Object(
  {
    preset: Type.Optional(
      Type.Enum(['openpex-2009'], {
        description:
          'A cluster that is known by name. openpex-2009: the five nodes of the papers. They come after `nodes`.',
      }),
    ),
    nodes: Type.Optional(
      Type.Array(NodeGroup, { description: 'Groups of nodes. Their order is the order of every tie-break.' }),
    ),
    nodesFrom: Type.Optional(
      Type.Object(
        {
          openb: Type.String({
            minLength: 1,
            description:
              'A node list of the Alibaba openb trace, relative to the file that names it; it may begin with a variable of the environment, as files of workloads may.',
          }),
          skip: Type.Optional(
            Type.Integer({ minimum: 0, description: 'Without so many nodes at the top of the list.' }),
          ),
          limit: Type.Optional(
            Type.Integer({ minimum: 1, description: 'Only the first so many nodes of what is left of it.' }),
          ),
        },
        { additionalProperties: false, description: 'Nodes from a file; they come after `nodes`.' },
      ),
    ),
    limits: Type.Optional(
      Type.Array(LimitsOfNodes, {
        description:
          'What nodes cannot do: it decides where VMs of a node that is drained or to be maintained can go. Of a node that is named twice what is said last counts.',
      }),
    ),
    links: Type.Optional(
      Type.Array(SiteLinkField, {
        description:
          'Links between sites, over which running VMs can go from one to the other, with their disks unless these lie on storage of one name or on the shared disk. Without one none goes.',
      }),
    ),
    costs: Type.Optional(
      Type.Object(
        {
          reservedCpuHour: creditsOption({
            default: 0,
            description: 'Credits for an hour of a CPU that is online and in the window of a reservation.',
          }),
          idleCpuHour: creditsOption({
            default: 0,
            description: 'Credits for an hour of a CPU that is online and in none; at most as much.',
          }),
        },
        {
          additionalProperties: false,
          description:
            'What the CPUs cost the provider: reports tell its profit, and what it gained from each agreement. No decision depends on it.',
        },
      ),
    ),
    sharedDiskGib: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: MOST_DISK_GIB,
        description: 'Disk of a storage node that all nodes share, in GiB. Replaces the disks of the nodes.',
      }),
    ),
  },
  {
    additionalProperties: false,
    description: 'The hardware of the provider: `preset`, `nodes` or `nodesFrom`.',
  },
);
export type ClusterField = Static<typeof ClusterField>;

/** The testbed of the papers: five nodes of two dual-core Xeons and 4 GiB (512 MiB kept for Dom-0), one storage node of 1 TB, read as 1000 GiB. */
export const PRESETS: Readonly<Record<'openpex-2009', ClusterField>> = {
  'openpex-2009': {
    nodes: [
      {
        group: 'xen',
        names: ['leon', 'roy', 'zhora', 'pris', 'deckard'],
        cpus: 4,
        memoryMib: 4096,
        dom0MemoryMib: 512,
        diskGib: 0,
      },
    ],
    sharedDiskGib: 1000,
  },
};
