// Name, address, password, tokens, balance with its ledger, and limits.
import type { LedgerEntry } from '../../../wire/account.ts';
import { AccessTokens } from '../components/access-tokens.tsx';
import { Empty } from '../components/empty.tsx';
import { ListTable } from '../components/list-table.tsx';
import { Loaded } from '../components/loaded.tsx';
import { Moment } from '../components/moment.tsx';
import { NotificationChoices } from '../components/notification-choices.tsx';
import { PageHead } from '../components/page-head.tsx';
import { PasswordForm } from '../components/password-form.tsx';
import { ProfileForm } from '../components/profile-form.tsx';
import { usePortal } from '../live/context.ts';
import { type Pages, usePages } from '../live/use-pages.ts';
import type { Column } from '../table/column.ts';
import { credits, formatChange, formatMoney } from '../text/money.ts';
import { QuotaMeters } from './welcome-page.tsx';

const KINDS: Record<LedgerEntry['kind'], string> = {
  deposit: 'Deposit',
  charge: 'Reservation confirmed',
  refund: 'Refund',
  'carried-forward': 'Carried forward',
  penalty: 'Compensation',
  transfer: 'Reservation transferred',
};

/** With what was on the account after it. */
type Payment = LedgerEntry & { readonly balanceMicros: number };

const LEDGER: readonly Column<Payment>[] = [
  { name: 'When', value: ({ timeMs }) => new Date(timeMs), cell: ({ timeMs }) => <Moment ms={timeMs} /> },
  { name: 'What', value: whatOf, cell: whatOf },
  {
    name: 'Reservation',
    value: ({ reservationId }) => reservationId,
    cell: ({ reservationId }) =>
      reservationId === null ? (
        '–'
      ) : (
        <a href={`#/reservations/${reservationId}`}>{reservationId.slice(0, 8)}</a>
      ),
  },
  {
    name: 'Amount',
    numeric: true,
    unit: 'credits',
    value: ({ amountMicros }) => credits(amountMicros),
    cell: ({ amountMicros }) => (
      <span class={amountMicros < 0 ? undefined : 'gain'}>{formatChange(amountMicros)}</span>
    ),
  },
  {
    name: 'Balance',
    numeric: true,
    unit: 'credits',
    value: ({ balanceMicros }) => credits(balanceMicros),
    cell: ({ balanceMicros }) => formatMoney(balanceMicros),
  },
];

function whatOf({ kind, note }: LedgerEntry): string {
  return note === '' ? KINDS[kind] : `${KINDS[kind]}: ${note}`;
}

/** @param entries newest first, from the one that led to the balance */
function withBalance(entries: readonly LedgerEntry[], balanceMicros: number): readonly Payment[] {
  let after = balanceMicros;
  return entries.map((entry) => {
    const payment = { ...entry, balanceMicros: after };
    after -= entry.amountMicros;
    return payment;
  });
}

export function AccountPage() {
  const { api, account } = usePortal();
  const ledger = usePages((limit, signal) => api.ledger(limit, signal), 'ledger', {
    page: 25,
    changedBy: ({ reservationId }) => reservationId !== undefined,
  });
  const told = (entries: readonly LedgerEntry[]) => withBalance(entries, account.balanceMicros);
  const payments: Pages<Payment> = {
    ...ledger,
    value: ledger.value && { ...ledger.value, items: told(ledger.value.items) },
    readWhole: async () => told(await ledger.readWhole()),
  };
  return (
    <>
      <PageHead title="Account">
        <a class="button" href="#/keys">
          SSH and access keys
        </a>
      </PageHead>
      <div class="account-layout">
        <section class="card" aria-labelledby="balance-title">
          <h2 id="balance-title">Balance and limits</h2>
          <p class="balance">
            <strong>{formatMoney(account.balanceMicros)}</strong>
          </p>
          <QuotaMeters />
          <p class="hint">An operator makes deposits and sets limits.</p>
        </section>
        <section class="card" aria-labelledby="profile-title">
          <h2 id="profile-title">You</h2>
          <ProfileForm />
        </section>
        <section class="card" aria-labelledby="password-title">
          <h2 id="password-title">Password</h2>
          <PasswordForm />
        </section>
      </div>
      <NotificationChoices />
      <AccessTokens />
      <section aria-labelledby="ledger-title">
        <h2 id="ledger-title">Payments</h2>
        <Loaded resource={payments}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty>
                <p>Nothing was paid yet.</p>
              </Empty>
            ) : (
              <ListTable
                caption="Payments"
                columns={LEDGER}
                rows={items}
                rowKey={({ entryId }) => entryId}
                noun={['payment', 'payments']}
                pages={payments}
              />
            )
          }
        </Loaded>
      </section>
    </>
  );
}
