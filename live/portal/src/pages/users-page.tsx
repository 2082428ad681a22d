// Operators: the accounts, their roles, limits and balances.
import { useState } from 'preact/hooks';
import type { Account } from '../../../wire/account.ts';
import { Badge } from '../components/badge.tsx';
import type { BulkDeed } from '../components/bulk-bar.tsx';
import { ClassDialog } from '../components/class-dialog.tsx';
import { ConfirmButton } from '../components/confirm-button.tsx';
import { DepositDialog } from '../components/deposit-dialog.tsx';
import { ListTable } from '../components/list-table.tsx';
import { Loaded } from '../components/loaded.tsx';
import { NewUserDialog } from '../components/new-user-dialog.tsx';
import { PageHead } from '../components/page-head.tsx';
import { SetPasswordDialog } from '../components/set-password-dialog.tsx';
import { UserDialog } from '../components/user-dialog.tsx';
import { usePortal } from '../live/context.ts';
import { useAction } from '../live/use-action.ts';
import { useEach } from '../live/use-each.ts';
import { usePages } from '../live/use-pages.ts';
import type { Column } from '../table/column.ts';
import { formatCount, rollingText } from '../text/amounts.ts';
import { credits, formatMoney } from '../text/money.ts';
import { formatMoment } from '../text/time.ts';

type Editing =
  | { readonly what: 'new' | 'class' }
  | { readonly what: 'user' | 'password'; readonly account: Account }
  | { readonly what: 'deposit'; readonly accounts: readonly Account[] };

export function UsersPage() {
  const { api, account: own } = usePortal();
  const { busy, run } = useAction();
  const each = useEach();
  const [editing, setEditing] = useState<Editing | null>(null);
  const users = usePages<Account>((limit, signal) => api.accounts(limit, signal), 'users', {
    page: 50,
    changedBy: ({ type }) => type === 'reservation-confirmed' || type === 'reservation-ended',
  });
  const close = () => setEditing(null);
  const letIn = (disabled: boolean): BulkDeed<Account> => ({
    label: disabled ? 'Disable' : 'Enable',
    isFor: (account) => account.disabled !== disabled && account.userid !== own.userid,
    async run(rows) {
      await each({
        rows,
        nameOf: ({ username }) => username,
        work: ({ userid }) => api.administer(userid, { disabled }),
        done: (count) => `${formatCount(count, 'account')} ${disabled ? 'disabled' : 'enabled'}.`,
      });
      await users.reload();
    },
  });
  const deeds: readonly BulkDeed<Account>[] = [
    {
      label: 'Deposit …',
      isFor: () => true,
      run: (rows) => setEditing({ what: 'deposit', accounts: rows }),
    },
    letIn(true),
    letIn(false),
    {
      label: 'Delete',
      isFor: ({ userid }) => userid !== own.userid,
      question: {
        title: (count) => `Delete ${formatCount(count, 'account')}?`,
        text: 'Nobody can log in to them any more, and what is left of their balances is gone. What they did and paid stays on record. Those that have reservations that did not end yet stay.',
        deed: 'Delete accounts',
      },
      async run(rows) {
        await each({
          rows,
          nameOf: ({ username }) => username,
          work: ({ userid }) => api.deleteAccount(userid),
          done: (count) => `${formatCount(count, 'account')} deleted.`,
        });
        await users.reload();
      },
    },
  ];
  const columns: readonly Column<Account>[] = [
    {
      name: 'User',
      value: ({ username, fullName }) => `${username} (${fullName})`,
      cell: ({ username, fullName }) => (
        <>
          <strong>{username}</strong>
          <span class="row-note">{fullName}</span>
        </>
      ),
    },
    { name: 'E-mail', value: ({ email }) => email, cell: ({ email }) => email },
    { name: 'Role', value: roleOf, cell: roleOf },
    {
      name: 'State',
      value: ({ disabled }) => (disabled ? 'Disabled' : 'Enabled'),
      cell: ({ disabled }) => (
        <Badge {...(disabled ? { label: 'Disabled', tone: 'bad' } : { label: 'Enabled', tone: 'good' })} />
      ),
    },
    { name: 'Limits', value: limitsOf, cell: limitsOf },
    {
      name: 'Limits of a period',
      optional: true,
      value: rollingOf,
      cell: (account) => rollingOf(account) ?? '–',
    },
    {
      name: 'Since',
      optional: true,
      value: ({ createdTime }) => new Date(createdTime),
      cell: ({ createdTime }) => formatMoment(Date.parse(createdTime)),
    },
    {
      name: 'Balance',
      numeric: true,
      unit: 'credits',
      value: ({ balanceMicros }) => credits(balanceMicros),
      cell: ({ balanceMicros }) => formatMoney(balanceMicros),
    },
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
            onClick={() => setEditing({ what: 'deposit', accounts: [account] })}
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
        <button type="button" onClick={() => setEditing({ what: 'class' })}>
          Accounts for a class
        </button>
        <button type="button" class="primary" onClick={() => setEditing({ what: 'new' })}>
          New user
        </button>
      </PageHead>
      <Loaded resource={users}>
        {({ items }) => (
          <ListTable
            caption="Users"
            columns={columns}
            rows={items}
            rowKey={({ userid }) => userid}
            noun={['user', 'users']}
            pages={users}
            deeds={{ nameOf: ({ username }) => username, all: deeds }}
          />
        )}
      </Loaded>
      {editing?.what === 'class' && <ClassDialog onClose={close} onDone={users.reload} />}
      {editing?.what === 'new' && <NewUserDialog onClose={close} onDone={users.reload} />}
      {editing?.what === 'password' && <SetPasswordDialog account={editing.account} onClose={close} />}
      {editing?.what === 'user' && (
        <UserDialog account={editing.account} onClose={close} onSaved={users.reload} />
      )}
      {editing?.what === 'deposit' && (
        <DepositDialog accounts={editing.accounts} onClose={close} onDone={users.reload} />
      )}
    </>
  );
}

function roleOf({ role }: Account): string {
  return role === 'operator' ? 'Operator' : 'User';
}

function limitsOf({ quota }: Account): string {
  return `${quota.reservations} reservations, ${quota.vcpus} CPUs`;
}

function rollingOf({ quota: { rolling } }: Account): string | null {
  return rolling.length === 0
    ? null
    : rolling.map((limit) => `${rollingText(limit)}: ${limit.hours}`).join('; ');
}
