// Operators: what if nodes were drained or added, or policies changed? The weeks ahead beside what they would be; nothing changes until
// it is confirmed. Nodes may stand in the address: "#/what-if?drain=leon,roy".
import { useState } from 'preact/hooks';
import type { WhatIf, WhatIfBody } from '../../../wire/what-if.ts';
import { Badge } from '../components/badge.tsx';
import { ConfirmButton } from '../components/confirm-button.tsx';
import { DataTable } from '../components/data-table.tsx';
import { CheckField, Form, SelectField, TextField } from '../components/field.tsx';
import { ListTable } from '../components/list-table.tsx';
import { PageHead } from '../components/page-head.tsx';
import { usePortal } from '../live/context.ts';
import { useAction } from '../live/use-action.ts';
import { useDraft } from '../live/use-draft.ts';
import { useEach } from '../live/use-each.ts';
import type { Column } from '../table/column.ts';
import { formatCount, shortId } from '../text/amounts.ts';
import { formatChange, formatMoney } from '../text/money.ts';
import { formatMoment, formatWindow, fromLocalField } from '../text/time.ts';
import type { Word } from '../text/words.ts';

type Booking = WhatIf['bookings'][number];

const FATES: Readonly<Record<Booking['asIs'], Word>> = {
  kept: { label: 'As booked', tone: 'good' },
  moved: { label: 'Moves', tone: 'neutral' },
  suspended: { label: 'Suspended', tone: 'attention' },
  failed: { label: 'Fails', tone: 'bad' },
};

const BOOKINGS: readonly Column<Booking>[] = [
  {
    name: 'Reservation',
    value: ({ reservationId, reservationName }) => reservationName ?? reservationId,
    cell: ({ reservationId, reservationName }) => (
      <a href={`#/reservations/${reservationId}`}>{reservationName ?? shortId(reservationId)}</a>
    ),
  },
  { name: 'User', value: ({ username }) => username, cell: ({ username }) => username ?? '–' },
  {
    name: 'When',
    value: ({ startTimeMs }) => new Date(startTimeMs),
    cell: ({ endTimeMs, startTimeMs }) => formatWindow(startTimeMs, endTimeMs),
  },
  {
    name: 'As it is',
    value: ({ asIs }) => FATES[asIs].label,
    cell: ({ asIs }) => <Badge {...FATES[asIs]} />,
  },
  {
    name: 'Changed',
    value: ({ changed }) => FATES[changed].label,
    cell: ({ changed }) => <Badge {...FATES[changed]} />,
  },
];

interface Figure {
  readonly name: string;
  readonly of: (totals: WhatIf['asIs']) => number;
  readonly isMoney?: boolean;
}

const FIGURES: readonly Figure[] = [
  { name: 'Requests accepted as asked', of: ({ accepted }) => accepted },
  { name: 'Requests countered', of: ({ countered }) => countered },
  { name: 'Requests refused', of: ({ refused }) => refused },
  { name: 'Charged for them', of: ({ chargedMicros }) => chargedMicros, isMoney: true },
  { name: 'Instances moved', of: ({ moves }) => moves },
  { name: 'Reservations that fail', of: ({ failed }) => failed },
  {
    name: 'Paid back, with compensation',
    of: ({ penaltyMicros, refundMicros }) => refundMicros + penaltyMicros,
    isMoney: true,
  },
];

const COMPARED = (found: WhatIf): readonly Column<Figure>[] => {
  const say = ({ isMoney, of }: Figure, totals: WhatIf['asIs']) =>
    isMoney ? formatMoney(of(totals)) : String(of(totals));
  return [
    { name: 'Figure', cell: ({ name }) => name },
    { name: 'As it is', numeric: true, cell: (figure) => say(figure, found.asIs) },
    { name: 'Changed', numeric: true, cell: (figure) => say(figure, found.changed) },
    {
      name: 'Difference',
      numeric: true,
      cell: ({ isMoney, of }) => {
        const difference = of(found.changed) - of(found.asIs);
        if (difference === 0) return '–';
        if (isMoney) return formatChange(difference);
        return difference > 0 ? `+${difference}` : `−${-difference}`;
      },
    },
  ];
};

const EMPTY = { nodes: '', from: '', until: '', add: '', policies: '', days: '14', repeat: true };

/** @param drain nodes, with commas between them */
export function WhatIfPage({ drain }: { readonly drain: string }) {
  const { api } = usePortal();
  const { busy, run } = useAction();
  const { change, fields } = useDraft(`what if ${drain}`, { ...EMPTY, nodes: drain.replaceAll(',', ', ') });
  const [asked, setAsked] = useState<WhatIfBody | null>(null);
  const [found, setFound] = useState<WhatIf | null>(null);
  const set = (field: Exclude<keyof typeof EMPTY, 'repeat'>) => (value: string) => change({ [field]: value });
  const ask = () =>
    run(async () => {
      const body = bodyOf(fields);
      setFound(await api.whatIf(body));
      setAsked(body);
    });
  return (
    <>
      <PageHead title="What if" />
      <p class="lede">
        The weeks ahead are simulated twice from the service as it is now: without the changes and with them.
        Nothing changes.
      </p>
      <Form class="card what-if" onSubmit={ask}>
        <TextField
          label="Nodes to drain"
          value={fields.nodes}
          onValue={set('nodes')}
          hint="Their names, with commas between them."
        />
        <div class="field-row">
          <TextField
            label="From"
            type="datetime-local"
            value={fields.from}
            onValue={set('from')}
            hint="Empty: now."
          />
          <TextField
            label="Back again"
            type="datetime-local"
            value={fields.until}
            onValue={set('until')}
            hint="Empty: nobody knows."
          />
        </div>
        <div class="field-row">
          <TextField
            label="Nodes to add"
            inputMode="numeric"
            value={fields.add}
            onValue={set('add')}
            hint="So many more, each like the first one."
          />
          <TextField
            label="Policies"
            value={fields.policies}
            onValue={set('policies')}
            hint="Such as allocation=best-fit, with commas between them."
          />
        </div>
        <SelectField
          label="How far ahead"
          value={fields.days}
          onValue={set('days')}
          options={[
            ['3', '3 days'],
            ['7', 'a week'],
            ['14', 'two weeks'],
            ['31', 'a month'],
          ]}
        />
        <CheckField
          label="What was asked for in the same time before is asked for once more"
          value={fields.repeat}
          onValue={(repeat) => change({ repeat })}
          hint="Who gets another offer than asked for declines it. Otherwise nobody asks for anything."
        />
        <button type="submit" class="primary" disabled={busy}>
          {busy ? 'Simulating …' : 'What if?'}
        </button>
      </Form>
      <div aria-live="polite">
        {found !== null && asked !== null && <Found found={found} asked={asked} />}
      </div>
    </>
  );
}

function Found({ asked, found }: { asked: WhatIfBody; found: WhatIf }) {
  return (
    <section aria-labelledby="what-if-title">
      <h2 id="what-if-title">
        {formatMoment(found.startTimeMs)} to {formatMoment(found.endTimeMs)}
      </h2>
      <p>{formatCount(found.requests, 'request')} of the time before came once more.</p>
      <DataTable caption="Compared" columns={COMPARED(found)} rows={FIGURES} rowKey={({ name }) => name} />
      <h3>Reservations that fare otherwise</h3>
      {found.bookings.length === 0 ? (
        <p>None of those that there are.</p>
      ) : (
        <ListTable
          caption="Reservations that fare otherwise"
          columns={BOOKINGS}
          rows={found.bookings}
          rowKey={({ reservationId }) => reservationId}
          noun={['reservation', 'reservations']}
        />
      )}
      <Confirm asked={asked} found={found} />
    </section>
  );
}

/** Nodes are taken out of service from here; nodes are added and policies changed in the configuration. */
function Confirm({ asked, found }: { asked: WhatIfBody; found: WhatIf }) {
  const { api } = usePortal();
  const each = useEach();
  const { drain = [], endTime, startTime } = asked;
  const isPlanned = endTime !== undefined;
  // A drain is not put off: who drains later without knowing until when does it then.
  if (drain.length === 0 || (startTime !== undefined && !isPlanned)) return null;
  const nodes = formatCount(drain.length, 'node');
  return (
    <ConfirmButton
      label={isPlanned ? `Plan the maintenance of ${nodes} …` : `Drain ${nodes} now …`}
      title={isPlanned ? `Plan the maintenance of ${nodes}?` : `Drain ${nodes}?`}
      deed={isPlanned ? 'Plan it' : 'Drain'}
      onConfirm={() =>
        each({
          rows: drain,
          nameOf: (node) => node,
          work: (node) =>
            isPlanned
              ? api.planMaintenance(
                  node,
                  startTime === undefined ? null : Date.parse(startTime),
                  Date.parse(endTime),
                )
              : api.drainNode(node, 'never'),
          done: (count) => `${formatCount(count, 'node')} ${isPlanned ? 'planned' : 'drained'}.`,
        })
      }
    >
      <p>{formatCount(found.bookings.length, 'reservation')} would fare otherwise than they do now.</p>
    </ConfirmButton>
  );
}

function bodyOf(fields: typeof EMPTY): WhatIfBody {
  const listed = (text: string) =>
    text
      .split(/[\s,;]+/)
      .map((part) => part.trim())
      .filter(Boolean);
  const instant = (text: string) => {
    const ms = fromLocalField(text);
    return ms === null ? {} : { at: new Date(ms).toISOString() };
  };
  const { at: startTime } = instant(fields.from);
  const { at: endTime } = instant(fields.until);
  return {
    days: Number(fields.days),
    repeat: fields.repeat,
    drain: listed(fields.nodes),
    ...(startTime !== undefined && { startTime }),
    ...(endTime !== undefined && { endTime }),
    ...(/^\d+$/.test(fields.add) && { addNodes: Number(fields.add) }),
    policies: listed(fields.policies).map((choice) => {
      const [kind = '', name = ''] = choice.split('=');
      return { kind, name };
    }),
  };
}
