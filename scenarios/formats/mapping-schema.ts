// How the columns of somebody else's log become those of ours: the settings under `columns` of a workload. What they do is in mapping.ts.
import { type Static, Type } from 'typebox';

const ColumnRef = Type.Union(
  [
    Type.Integer({ minimum: 1, description: 'Counted from 1.' }),
    Type.String({ minLength: 1, description: 'As the header row, or `names`, calls it.' }),
  ],
  { expected: 'the name of a column, or its number from 1', description: 'A column, by name or number.' },
);
export type ColumnRef = Static<typeof ColumnRef>;

const regularExpression = (field: { readonly description: string }) =>
  Type.Refine(
    Type.String({ minLength: 1, ...field }),
    (text) => isRegularExpression(text),
    () => 'is no regular expression',
  );

const Condition = Type.Object(
  {
    column: ColumnRef,
    matches: Type.Optional(
      regularExpression({ description: 'Regular expression that the value has to match.' }),
    ),
    not: Type.Optional(
      regularExpression({ description: 'Regular expression that the value must not match.' }),
    ),
  },
  { additionalProperties: false, description: 'What a row has to have in a column.' },
);
export type Condition = Static<typeof Condition>;

export const TIME_UNITS_MS = {
  us: 0.001,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
} as const;
export const SIZE_UNITS_MIB = { B: 2 ** -20, KiB: 2 ** -10, MiB: 1, GiB: 1024, TiB: 1024 ** 2 } as const;

const Word = Type.Union([Type.Number(), Type.String()], {
  expected: 'a text or a number',
  description: 'A text or a number.',
});

const zone = (description: string) =>
  Type.Refine(
    Type.String({ expected: 'a zone such as "Z", "+01:00" or "Europe/Berlin"', description }),
    (text) => isZone(text),
    () => '',
  );

/** What is read of one column. */
const READING = {
  column: Type.Optional(
    Type.Union([ColumnRef, Type.Array(ColumnRef, { minItems: 2 })], {
      expected: 'a column, or a list of columns',
      description: 'Where it stands; several columns are put together with `join` between them.',
    }),
  ),
  value: Type.Optional(
    Type.Union([Type.Number(), Type.String()], {
      expected: 'a text or a number',
      description: 'Instead of a column: the same for every row.',
    }),
  ),
  join: Type.Optional(
    Type.String({ description: 'What stands between the values of several columns: "/" unless said.' }),
  ),
  pattern: Type.Optional(
    regularExpression({
      description:
        'Regular expression: its first group, or all that it matches, is what counts of the value. A value that it does not match says nothing.',
    }),
  ),
  nothing: Type.Optional(
    Type.Array(Word, {
      expected: 'a list of texts or numbers',
      description: 'Values of this column that say nothing, beside those of `columns.nothing`.',
    }),
  ),
  words: Type.Optional(
    Type.Record(Type.String(), Word, {
      expected: 'a group of replacements, such as {"0": immediate, "1": best-effort}',
      description: 'What to read in the place of these values.',
    }),
  ),
  unit: Type.Optional(
    Type.Enum(
      [...Object.keys(TIME_UNITS_MS), ...Object.keys(SIZE_UNITS_MIB)] as (
        | keyof typeof TIME_UNITS_MS
        | keyof typeof SIZE_UNITS_MIB
      )[],
      {
        description:
          'Unit of plain numbers. Times: s unless `columns.time` says another; memory: MiB; disk: GiB. Letters K, M, G, T behind an amount win.',
      },
    ),
  ),
  factor: Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      description: 'What a number is multiplied by: 0.01 for hundredths of a CPU.',
    }),
  ),
  format: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'How a date is written, in YYYY, MM, M, MMM (name of the month), DD, D, HH, mm, ss. ISO 8601 unless said.',
    }),
  ),
  zone: Type.Optional(zone('Zone of dates that name none.')),
};

const TermGroup = Type.Object(READING, { additionalProperties: false, description: 'Another value.' });
const Term = Type.Union([...ColumnRef.anyOf, TermGroup], {
  expected: 'a column, or a group such as {column: lead_time, unit: d}',
  description: 'A column, or how to read it.',
});
export type Term = Static<typeof Term>;

const term = (description: string) =>
  Type.Optional(
    Type.Union([...Term.anyOf], {
      expected: 'a column, or a group such as {column: lead_time, unit: d}',
      description,
    }),
  );

const CellGroup = Type.Object(
  {
    ...READING,
    times: term('Multiplied by this.'),
    over: term('Divided by this: amounts of a whole job over its nodes.'),
    plus: term('And this is added.'),
    minus: term('And this is taken away.'),
    otherwise: Type.Optional(
      Type.Union([Type.Number(), Type.String()], {
        expected: 'a text or a number',
        description:
          'What is read where a row says nothing. For ends and durations the rows are counted, and that is said.',
      }),
    ),
    atLeast: Type.Optional(
      Type.Number({
        description:
          'What is less becomes this: seconds, CPUs, MiB, GiB. For times the rows are counted, and that is said.',
      }),
    ),
    atMost: Type.Optional(Type.Number({ description: 'What is more becomes this, in the same way.' })),
    when: Type.Optional(
      Type.Array(Condition, {
        expected: 'a list of conditions {column, matches or not}',
        description: 'Only rows that meet all of these say anything.',
      }),
    ),
  },
  { additionalProperties: false, description: 'How to read a value.' },
);
const Cell = Type.Union([...ColumnRef.anyOf, CellGroup], {
  expected: 'a column, or a group such as {column: memory, unit: GiB}',
  description: 'A column, or how to read it.',
});
export type Cell = Static<typeof Cell>;

const cell = (description: string) =>
  Type.Optional(
    Type.Union([...Cell.anyOf], {
      expected: 'a column, or a group such as {column: memory, unit: GiB}',
      description,
    }),
  );

export const Mapping = Type.Object(
  {
    header: Type.Boolean({ default: true, description: 'The first row names the columns.' }),
    names: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        minItems: 1,
        expected: 'a list of names',
        description: 'Names of the columns, in order, where no header row does it.',
      }),
    ),
    separator: Type.String({
      minLength: 1,
      default: ',',
      description:
        'What stands between columns: a character, "tab", or "blanks" for one or more blanks and tabs.',
    }),
    quotes: Type.Boolean({
      default: true,
      description: 'Values may stand in double quotes. Off for files in which nothing is escaped.',
    }),
    comment: Type.Optional(
      Type.String({ minLength: 1, description: 'Lines that begin with this say nothing.' }),
    ),
    skipLines: Type.Integer({
      minimum: 0,
      default: 0,
      description: 'Rows to leave out at the top, before the header row.',
    }),
    width: Type.Optional(
      Type.Integer({
        minimum: 1,
        description:
          'How many columns each row has. Without it as many as the header row, `names`, or the first row.',
      }),
    ),
    lastTakesRest: Type.Boolean({
      default: false,
      description: 'The last of `width` columns has all that follows, separators too.',
    }),
    nothing: Type.Array(Word, {
      default: [],
      expected: 'a list of texts or numbers',
      description: 'Values that say nothing in any column, beside the empty one.',
    }),
    keep: Type.Array(Condition, {
      default: [],
      expected: 'a list of conditions {column, matches or not}',
      description: 'Only rows that meet all of these are read; the others are counted, and that is said.',
    }),
    time: Type.Object(
      {
        unit: Type.Enum(Object.keys(TIME_UNITS_MS) as (keyof typeof TIME_UNITS_MS)[], {
          default: 's',
          description: 'Unit of times and durations that are plain numbers.',
        }),
        origin: Type.Enum(['start', 'unix'], {
          default: 'start',
          description:
            'What times that are numbers count from: the start of the scenario, or 1 January 1970 (UTC).',
        }),
        format: CellGroup.properties.format,
        zone: CellGroup.properties.zone,
      },
      { additionalProperties: false, default: {}, description: 'How times are written.' },
    ),
    events: Type.Optional(
      Type.Object(
        {
          column: ColumnRef,
          begin: regularExpression({
            description: 'The event in which the request is made. Its row says everything but the end.',
          }),
          start: Type.Optional(
            regularExpression({
              description:
                'The event in which it begins to run, if that is another one: the duration counts from it.',
            }),
          ),
          end: regularExpression({ description: 'The event in which it ends.' }),
          time: Type.Union([...Cell.anyOf], {
            expected: 'a column, or a group such as {column: time, unit: us}',
            description: 'When the event was.',
          }),
          open: Type.Enum(['last', 'skip'], {
            default: 'last',
            description:
              'What never ends: ends with the last event of the file, or is left out. Both are counted, and that is said.',
          }),
        },
        {
          additionalProperties: false,
          description:
            'A request is two rows or more with one id, which are joined. The requests of such a file are held in memory until it is read.',
        },
      ),
    ),
    shortest: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        description:
          'Seconds that a request lasts at least which is shorter by its end; such rows are counted, and that is said. Without it a row is bad if it has no length at all.',
      }),
    ),
    id: cell('Unique within the file. Without it the rows are numbered: row-1, row-2, …'),
    submit: cell('When the user asks. Needed, unless there are events.'),
    start: cell('The asked start. Without it as soon as possible.'),
    duration: cell('Length of the reservation; or give `end`.'),
    end: cell('End of the reservation: it lasts from its start (or its submission) until then.'),
    type: cell('Name of an instance type; or give cpus and memory.'),
    cpus: cell('CPUs of one instance, rounded up to a thousandth.'),
    memory: cell('Memory of one instance, rounded up to whole MiB.'),
    disk: cell('Disk of one instance, rounded up to whole GiB.'),
    resources: Type.Optional(
      Type.Record(Type.String(), Cell, {
        expected: 'a group of columns by the name of the resource, such as {gpu: num_gpus}',
        description:
          'Of the resources that the provider names, for one instance: rounded up to what can be had of them.',
      }),
    ),
    instances: cell('Guaranteed instances, rounded up. Without it 1.'),
    optional: cell('Instances that may be claimed later, rounded up.'),
    template: cell('VM template.'),
    user: cell('Who asks.'),
    latest_start: cell('The latest start that the user takes.'),
    deadline: cell('The end must not be later.'),
    max_price: cell('The most that the user pays, in credits.'),
    kind: cell('Kind of the request. Without it `defaults.kind`, or else best-effort.'),
    run_time: cell('How long the guests run.'),
    cancel: cell('When the user withdraws unless it has started.'),
    buyer: cell('Buyer policy.'),
    min_duration: cell('Of the kind flexible: the shortest duration that the user takes.'),
    min_instances: cell('Of the kind flexible: the fewest instances that the user takes, rounded up.'),
    wait_until: cell('Where there is no room the user waits for some until then.'),
    provider: cell('The only provider that is asked, where there are several.'),
    load: cell('Name of the trace that its guests are as busy as (hypervisor.guestLoad.traces).'),
  },
  {
    additionalProperties: false,
    description: 'How to read the log of another system: which of its columns is what.',
  },
);
export type Mapping = Static<typeof Mapping>;

function isRegularExpression(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}

function isZone(text: string): boolean {
  if (/^(Z|[+-](0\d|1[0-4]):[0-5]\d)$/.test(text)) return true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}
