// Operators: who changed what, for whom and when, and who was refused. What is shown stands in the address: "#/audit?user=ada&refused=true".
import { useState } from 'preact/hooks';
import type { AuditEntry } from '../../../wire/audit.ts';
import { Badge } from '../components/badge.tsx';
import { Empty } from '../components/empty.tsx';
import { Form, SelectField, TextField } from '../components/field.tsx';
import { ListTable } from '../components/list-table.tsx';
import { Loaded } from '../components/loaded.tsx';
import { PageHead } from '../components/page-head.tsx';
import { usePortal } from '../live/context.ts';
import { usePages } from '../live/use-pages.ts';
import { replaceRoute } from '../router.ts';
import type { Column } from '../table/column.ts';
import { formatCount } from '../text/amounts.ts';
import { DEEDS, deedText } from '../text/deeds.ts';
import { formatClockSeconds, formatDay, formatExactly } from '../text/time.ts';

/** Most of what is written down is no event, so nothing tells of it. */
const AGAIN_MS = 15_000;

const COLUMNS: readonly Column<AuditEntry>[] = [
  {
    name: 'When',
    value: ({ timeMs }) => new Date(timeMs),
    cell: ({ timeMs }) => (
      <time dateTime={new Date(timeMs).toISOString()} title={formatExactly(timeMs)}>
        {formatDay(timeMs)}, {formatClockSeconds(timeMs)}
      </time>
    ),
  },
  {
    name: 'Who',
    value: ({ username }) => username,
    cell: ({ address, cameBy, userid, username }) => (
      <>
        <strong>{username ?? 'Nobody known'}</strong>
        <span class="row-note">
          {userid === null ? 'not let in' : `by ${cameBy}`}, {address}
        </span>
      </>
    ),
  },
  {
    name: 'What',
    value: ({ action, target }) => `${deedText(action)}: ${target}`,
    cell: ({ action, target }) => (
      <>
        {deedText(action)}
        <span class="row-note audit-target">{target}</span>
      </>
    ),
  },
  {
    name: 'For whom',
    value: ({ forUsername }) => forUsername,
    cell: ({ forUserid, forUsername }) => (forUserid === null ? '–' : (forUsername ?? `No. ${forUserid}`)),
  },
  {
    name: 'Address',
    optional: true,
    value: ({ address }) => address,
    cell: ({ address }) => <code>{address}</code>,
  },
  {
    name: 'Came by',
    optional: true,
    value: ({ cameBy, userid }) => (userid === null ? 'not let in' : cameBy),
    cell: ({ cameBy, userid }) => (userid === null ? 'not let in' : cameBy),
  },
  {
    name: 'Times',
    optional: true,
    numeric: true,
    value: ({ times }) => times,
    cell: ({ times }) => times,
  },
  {
    name: 'Outcome',
    value: ({ code, status }) => (status < 400 ? 'Done' : `Refused: ${code ?? status}`),
    cell: ({ code, status, times }) => (
      <>
        <Badge {...(status < 400 ? { label: 'Done', tone: 'good' } : { label: 'Refused', tone: 'bad' })} />
        {(code !== null || status >= 400) && <span class="row-note">{code ?? status}</span>}
        {times > 1 && <span class="row-note">{formatCount(times, 'time')}</span>}
      </>
    ),
  },
];

export function AuditPage({ query }: { query: URLSearchParams }) {
  const { api } = usePortal();
  const username = query.get('user') ?? '';
  const action = query.get('action') ?? '';
  const refused = query.get('refused') === 'true';
  const [name, setName] = useState(username);
  const log = usePages<AuditEntry>(
    (limit, signal) =>
      api.audit(
        {
          limit,
          ...(username !== '' && { username }),
          ...(action !== '' && { action }),
          ...(refused && { refused }),
        },
        signal,
      ),
    query.toString(),
    { everyMs: AGAIN_MS, page: 50 },
  );
  const show = (changes: { user?: string; action?: string; refused?: boolean }) => {
    const wanted = { user: username, action, refused, ...changes };
    const told = Object.entries(wanted).filter(([, value]) => value !== '' && value !== false);
    replaceRoute(`#/audit?${new URLSearchParams(told.map(([key, value]) => [key, String(value)]))}`);
  };
  return (
    <>
      <PageHead title="Audit log" />
      <Form class="toolbar fields" onSubmit={() => show({ user: name.trim() })}>
        <TextField label="User" type="search" value={name} onValue={setName} />
        <button type="submit">Show</button>
        <SelectField
          label="Action"
          value={action}
          onValue={(value) => show({ action: value })}
          options={[['', 'All actions'], ...DEEDS]}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={refused}
            onChange={(event) => show({ refused: event.currentTarget.checked })}
          />
          Refused only
        </label>
      </Form>
      <Loaded resource={log}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty>
              <p>Nothing of that kind is on record.</p>
            </Empty>
          ) : (
            <ListTable
              caption="Audit log"
              columns={COLUMNS}
              rows={items}
              rowKey={({ entryId }) => entryId}
              noun={['entry', 'entries']}
              pages={log}
            />
          )
        }
      </Loaded>
    </>
  );
}
