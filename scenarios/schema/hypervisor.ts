// The simulated hypervisor: how long operations take, what goes wrong by chance, what goes wrong at a given time.
import { type Static, Type } from 'typebox';
import { durationOption, finiteDurationOption } from '../../written/duration.ts';
import { isMoment, momentField, momentProblem, shareField, spreadField } from './fields.ts';
import { MigrationField } from './migration.ts';

/** How files of traces of load are laid out. */
export const LOAD_TRACE_FORMATS = ['planetlab', 'bitbrains'] as const;
export type LoadTraceFormat = (typeof LOAD_TRACE_FORMATS)[number];

const templateName = (description: string) => Type.String({ minLength: 1, description });

const CustomizerField = Type.Object(
  {
    features: Type.Record(
      Type.String(),
      Type.Object(
        {
          add: finiteDurationOption({
            default: '5m',
            description: 'What `create` takes longer where the VM is to have it and its origin has not.',
          }),
          drop: finiteDurationOption({
            default: '1m',
            description: 'Likewise where its origin has it and the VM is not to.',
          }),
        },
        { additionalProperties: false },
      ),
      { description: 'What templates may have, by name.' },
    ),
    templates: Type.Record(
      Type.String(),
      Type.Array(templateName('Name of a feature.'), { uniqueItems: true }),
      {
        description:
          'The features of VM templates that requests may ask for, by name. Any other template is there as it is, and takes no longer.',
      },
    ),
    library: Type.Array(templateName('One of `templates`.'), {
      minItems: 1,
      uniqueItems: true,
      description: 'Templates that are always there to make VMs from.',
    }),
    reuse: Type.Boolean({
      default: true,
      description:
        'VMs that exist are there to make others from, as long as they do. false: the library alone is.',
    }),
  },
  {
    additionalProperties: false,
    description:
      'A VM is made from the template that is closest to the one that is asked for: the one from which the features to add and to drop take the least time (UTC, Ramachandran and others 2012). Absent: every template is there.',
  },
);
export type CustomizerField = Static<typeof CustomizerField>;

export const HypervisorField = Type.Object(
  {
    create: spreadField({ default: '5s', description: 'Cloning a VM from its template.' }),
    customizer: Type.Optional(CustomizerField),
    start: spreadField({ default: '20s', description: 'Booting.' }),
    stop: spreadField({ default: '10s', description: 'Clean shutdown.' }),
    reboot: spreadField({ default: '30s', description: 'Clean shutdown and boot.' }),
    suspend: spreadField({ default: '20s', description: 'Writing the memory of a VM to disk.' }),
    resume: spreadField({ default: '20s', description: 'Reading it back.' }),
    migrate: spreadField({ default: '30s', description: 'Live migration, from its order to its end.' }),
    migrateDowntime: finiteDurationOption({
      default: '100ms',
      description: 'The part of a live migration during which the guest stands still.',
    }),
    migration: Type.Optional(MigrationField),
    destroy: spreadField({ default: '2s', description: 'Removing a VM and its disk.' }),
    nodeDetection: finiteDurationOption({
      default: '10s',
      description:
        'From the loss or return of a node until the Node Monitor hears of it (OpenPEX polled every 10 s).',
    }),
    heartbeats: Type.Optional(
      Type.Object(
        {
          every: finiteDurationOption({
            default: '10s',
            description:
              'So often each node gives a sign of life, at a phase of its own that is drawn. More than 0.',
          }),
          misses: Type.Integer({
            minimum: 1,
            maximum: 1000,
            default: 3,
            description: 'k: a node is lost when so many in a row have failed to come.',
          }),
          returns: Type.Integer({
            minimum: 1,
            maximum: 1000,
            default: 2,
            description: 'm: it is back when so many in a row have come.',
          }),
        },
        {
          additionalProperties: false,
          description:
            'The loss of a node is noticed by signs of life that fail to come, more than k - 1 and at most k times `every` after it; its return likewise. Absent: after `nodeDetection`.',
        },
      ),
    ),
    standby: Type.Optional(
      Type.Object(
        {
          after: finiteDurationOption({ default: '10m', description: 'After so long without a VM.' }),
          every: finiteDurationOption({
            default: '5m',
            description:
              'The provisioning policy says which nodes stay on at whole multiples of this. More than 0.',
          }),
          boot: spreadField({
            default: '2m',
            description:
              'Until a node that is switched on can run a VM: what is to start there waits for it.',
          }),
          offW: Type.Number({ minimum: 0, default: 5, description: 'Watts of a node that is off.' }),
          bootW: Type.Number({ minimum: 0, default: 120, description: 'Watts of a node that boots.' }),
        },
        {
          additionalProperties: false,
          description:
            'Nodes without a VM are switched off, and on when one is to come. Absent: they are always on.',
        },
      ),
    ),
    checkpoints: Type.Optional(
      Type.Object(
        {
          every: finiteDurationOption({
            default: '1h',
            description: 'After so much running each guest is written to the common store. More than 0.',
          }),
          pause: finiteDurationOption({
            default: '20s',
            description: 'So long it stands still for that: what it has to do takes longer by as much.',
          }),
          restore: spreadField({
            default: '40s',
            description: 'Instead of booting: reading one back.',
          }),
        },
        {
          additionalProperties: false,
          description:
            'Checkpoints from which a VM goes on that has lost its power with its node, if the recovery policy wants it. Absent: none are made.',
        },
      ),
    ),
    hangDetection: finiteDurationOption({
      default: '1m',
      description: 'From the moment a guest hangs until the VM Monitor notices.',
    }),
    guestLoad: Type.Object(
      {
        min: shareField({ default: 0.3, description: 'The least busy guest.' }),
        max: shareField({ default: 0.9, description: 'The busiest guest.' }),
        traces: Type.Optional(
          Type.Object(
            {
              files: Type.String({
                minLength: 1,
                description:
                  'A folder with a file for each VM that was measured. A trace is called like its file, without .csv and .gz; names that begin with a dot are left out.',
              }),
              format: Type.Enum(LOAD_TRACE_FORMATS, {
                description:
                  'planetlab: a whole number from 0 to 100 on each line, per cent of the CPUs, for 5 minutes each. bitbrains: a table with semicolons, of which "Timestamp [ms]" (seconds, whatever it says) and "CPU usage [%]" are read.',
              }),
              every: finiteDurationOption({
                default: '5m',
                description: 'So often it is looked at how busy a guest is, at whole multiples of this.',
              }),
              afterEnd: Type.Enum(['repeat', 'hold', 'idle'], {
                default: 'repeat',
                description:
                  'After the end of a trace: from its beginning again, as busy as in the end, or not at all.',
              }),
              begins: Type.Enum(['with-vm', 'with-run'], {
                default: 'with-vm',
                description:
                  'A trace begins when its VM is made, or all begin when the run does, so that guests share the hours of the day.',
              }),
            },
            {
              additionalProperties: false,
              description:
                'As busy as VMs that were measured: each VM has the trace that its request names (the column `load` of a workload), or one that is drawn. Absent: none.',
            },
          ),
        ),
        changes: Type.Optional(
          Type.Object(
            {
              every: finiteDurationOption({
                default: '1m',
                description: 'So often it changes, at whole multiples of this.',
              }),
              persistence: Type.Number({
                minimum: 0,
                exclusiveMaximum: 1,
                default: 0.9,
                description: 'phi: correlation of one value with the next.',
              }),
              deviation: shareField({ default: 0.2, description: 's: standard deviation, at any time.' }),
            },
            {
              additionalProperties: false,
              description:
                'How it goes up and down about what was drawn, m: x(t+1) = m + phi (x(t) - m) + s sqrt(1 - phi^2) e, e standard normal (AR(1)), cut off at 0 and 1. Absent: it stays as it was drawn.',
            },
          ),
        ),
      },
      {
        additionalProperties: false,
        default: {},
        description:
          'How busy guests keep their virtual CPUs: drawn for each VM, evenly between the two, unless there are traces.',
      },
    ),
    guestsWithoutTools: shareField({
      default: 0,
      description:
        'Share of the guests without guest tools: while they run they can be neither suspended nor moved, and they lose their power instead of being asked to shut down.',
    }),
  },
  {
    additionalProperties: false,
    default: {},
    description:
      'Durations of the simulated hypervisor: one duration, {min, max} for an even spread, or {quantiles} of what was measured.',
  },
);
export type HypervisorField = Static<typeof HypervisorField>;

export const FaultsField = Type.Object(
  {
    nodeMtbf: durationOption({
      default: 'unlimited',
      description: 'Mean time from the return of a node to its next loss.',
    }),
    nodeMttr: durationOption({
      default: '4h',
      description: 'Mean time from the loss of a node to its return.',
    }),
    groups: Type.Optional(
      Type.Record(
        Type.String(),
        Type.Object(
          {
            nodeMtbf: durationOption({
              default: 'unlimited',
              description: 'Of each of its nodes, in place of that of all.',
            }),
            nodeMttr: durationOption({ default: '4h', description: 'Likewise.' }),
          },
          { additionalProperties: false },
        ),
        {
          description:
            'How nodes of a group are lost that differ from the others, by the name of the group. Absent: none differ.',
        },
      ),
    ),
    groupMtbf: durationOption({
      default: 'unlimited',
      description:
        'Mean time from the return of what the nodes of a group have in common, such as a switch or a supply, to its next loss: its nodes are lost together, whatever becomes of them by themselves.',
    }),
    groupMttr: durationOption({
      default: '1h',
      description: 'Mean time from that loss to its return.',
    }),
    groupShare: shareField({
      default: 1,
      description: 'Chance of each node of the group to be lost with it.',
    }),
    bootFailure: shareField({
      default: 0,
      description: 'Chance that a VM does not come up when it is started, beside that of any operation.',
    }),
    guestCrashMtbf: durationOption({
      default: 'unlimited',
      description: 'Mean running time of a VM until it crashes.',
    }),
    guestHangMtbf: durationOption({
      default: 'unlimited',
      description: 'Mean running time of a VM until it hangs.',
    }),
    operationFailure: shareField({ default: 0, description: 'Chance that one hypervisor operation fails.' }),
    operationRefusal: shareField({
      default: 0,
      description:
        'Chance that a suspension, a live migration or a reboot is refused: the VM runs on, and refuses the same until it is restarted.',
    }),
    operationWait: shareField({
      default: 0,
      description:
        'Chance, at each try, that an operation cannot begin yet: it is tried again, and no failure.',
    }),
  },
  {
    additionalProperties: false,
    default: {},
    description: 'Faults drawn at random, all times exponential; "unlimited" means never.',
  },
);
export type FaultsField = Static<typeof FaultsField>;

export const IncidentField = Type.Object(
  {
    at: momentField({ description: 'When: a time after the start, or an instant.' }),
    provider: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'Whose node it is: needed where there are several providers.',
      }),
    ),
    node: Type.String({ minLength: 1, description: 'Name of a node.' }),
    kind: Type.Enum(['fail', 'return', 'drain', 'enable', 'maintenance'], {
      description:
        'fail, return: the node dies and comes back; drain, enable: an operator takes it out of service and puts it back; maintenance: its operator books it out, which begins and ends by itself.',
    }),
    from: Type.Optional(
      momentField({
        description: 'Of a maintenance: when it begins. Absent: at once. `at` is when it is announced.',
      }),
    ),
    until: Type.Optional(
      Type.Refine(
        Type.String({
          expected:
            'a time after the start with its unit, such as "36h", an instant with its zone, or "never"',
          description:
            'Of a maintenance, which needs it: when it ends. Of a drain: when the node is expected back; absent: after manager.assumedRepairTime; "never": nobody knows, so it is out of all windows.',
        }),
        (text) => text === 'never' || isMoment(text),
        momentProblem,
      ),
    ),
  },
  {
    additionalProperties: false,
    description: 'Something that happens at a given time whatever the dice say.',
  },
);
export type IncidentField = Static<typeof IncidentField>;
