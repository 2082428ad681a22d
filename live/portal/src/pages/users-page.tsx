// Operators: the accounts, their roles, limits and balances.
import { useState } from 'preact/hooks';
import type { Account } from '../../../wire/account.ts';
import { Badge } from '../components/badge.tsx';
import { ConfirmButton } from '../components/confirm-button.tsx';
import { type Column, DataTable } from '../components/data-table.tsx';
import { DepositDialog } from '../components/deposit-dialog.tsx';
import { Loaded } from '../components/loaded.tsx';
import { NewUserDialog } from '../components/new-user-dialog.tsx';
import { PageHead } from '../components/page-head.tsx';
import { SetPasswordDialog } from '../components/set-password-dialog.tsx';
import { UserDialog } from '../components/user-dialog.tsx';
import { usePortal } from '../live/context.ts';
import { useAction } from '../live/use-action.ts';
import { usePages } from '../live/use-pages.ts';
import { formatCount } from '../text/amounts.ts';
import { formatMoney } from '../text/money.ts';

type Editing =
  | { readonly what: 'new' }
  | { readonly what: 'user' | 'deposit' | 'password'; readonly account: Account };

export function UsersPage() {
  const { api, account: own } = usePortal();
  const { busy, run } = useAction();
  const [editing, setEditing] = useState<Editing | null>(null);
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
          {account.userid !== own.userid && (
            <>
              <button
                type="button"
                aria-label={`New password for ${account.username}`}
                onClick={() => setEditing({ what: 'password', account })}
              >
                Password
              </button>
              <ConfirmButton
                label="Delete"
                describedAs={`Delete ${account.username}`}
                title={`Delete ${account.username}?`}
                deed="Delete account"
                disabled={busy}
                onConfirm={async () => {
                  await run(() => api.deleteAccount(account.userid), `${account.username} is deleted.`);
                  await users.reload();
                }}
              >
                <p>
                  {account.fullName} cannot log in any more, and what is left of the balance is gone. What the
                  account did and paid stays on record. Nobody can be deleted who has reservations that did
                  not end yet.
                </p>
              </ConfirmButton>
            </>
          )}
        </>
      ),
    },
  ];
  return (
    <>
      <PageHead title="Users">
        <button type="button" class="primary" onClick={() => setEditing({ what: 'new' })}>
          New user
        </button>
      </PageHead>
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
      {editing?.what === 'new' && <NewUserDialog onClose={close} onDone={users.reload} />}
      {editing?.what === 'password' && <SetPasswordDialog account={editing.account} onClose={close} />}
      {editing?.what === 'user' && (
        <UserDialog account={editing.account} onClose={close} onSaved={users.reload} />
      )}
      {editing?.what === 'deposit' && (
        <DepositDialog account={editing.account} onClose={close} onDone={users.reload} />
      )}
    </>
  );
}
