// Operators: the accounts, their roles, limits and balances.
import { useState } from 'preact/hooks';
import type { Account } from '../../../wire/account.ts';
import { Badge } from '../components/badge.tsx';
import { type Column, DataTable } from '../components/data-table.tsx';
import { DepositDialog } from '../components/deposit-dialog.tsx';
import { Loaded } from '../components/loaded.tsx';
import { PageHead } from '../components/page-head.tsx';
import { UserDialog } from '../components/user-dialog.tsx';
import { usePortal } from '../live/context.ts';
import { usePages } from '../live/use-pages.ts';
import { formatCount } from '../text/amounts.ts';
import { formatMoney } from '../text/money.ts';

export function UsersPage() {
  const { api } = usePortal();
  const [editing, setEditing] = useState<{ what: 'user' | 'deposit'; account: Account } | null>(null);
  const users = usePages<Account>((signal) => api.accounts(signal), 'users', {
    changedBy: ({ type }) => type === 'reservation-confirmed' || type === 'reservation-ended',
  });
  const close = () => setEditing(null);
  const columns: readonly Column<Account>[] = [
    {
      name: 'User',
      cell: ({ username, fullName }) => (
        <>
          <strong>{username}</strong>
          <span class="row-note">{fullName}</span>
        </>
      ),
    },
    { name: 'E-mail', cell: ({ email }) => email },
    { name: 'Role', cell: ({ role }) => (role === 'operator' ? 'Operator' : 'User') },
    {
      name: 'State',
      cell: ({ disabled }) => (
        <Badge {...(disabled ? { label: 'Disabled', tone: 'bad' } : { label: 'Enabled', tone: 'good' })} />
      ),
    },
    { name: 'Limits', cell: ({ quota }) => `${quota.reservations} reservations, ${quota.vcpus} CPUs` },
    { name: 'Balance', numeric: true, cell: ({ balanceMicros }) => formatMoney(balanceMicros) },
    {
      name: 'Actions',
      cell: (account) => (
        <>
          <button
            type="button"
            aria-label={`Edit ${account.username}`}
            onClick={() => setEditing({ what: 'user', account })}
          >
            Edit
          </button>
          <button
            type="button"
            aria-label={`Deposit for ${account.username}`}
            onClick={() => setEditing({ what: 'deposit', account })}
          >
            Deposit
          </button>
        </>
      ),
    },
  ];
  return (
    <>
      <PageHead title="Users" />
      <Loaded resource={users}>
        {({ items, total, next }) => (
          <>
            <DataTable caption="Users" columns={columns} rows={items} rowKey={({ userid }) => userid} />
            <p class="list-foot">
              <span class="muted">{formatCount(total, 'user')}</span>
              {next !== null && (
                <button type="button" onClick={users.more}>
                  Show more
                </button>
              )}
            </p>
          </>
        )}
      </Loaded>
      {editing?.what === 'user' && (
        <UserDialog account={editing.account} onClose={close} onSaved={users.reload} />
      )}
      {editing?.what === 'deposit' && (
        <DepositDialog account={editing.account} onClose={close} onDone={users.reload} />
      )}
    </>
  );
}
