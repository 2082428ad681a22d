// Operators: puts credits on an account, or as much on each of several.
import { useState } from 'preact/hooks';
import type { Account } from '../../../wire/account.ts';
import { usePortal } from '../live/context.ts';
import { useEach } from '../live/use-each.ts';
import { formatCount } from '../text/amounts.ts';
import { formatMoney, parseMoney } from '../text/money.ts';
import { Dialog } from './dialog.tsx';
import { Form, TextField } from './field.tsx';

interface DepositDialogProps {
  readonly accounts: readonly Pick<Account, 'userid' | 'username' | 'balanceMicros'>[];
  readonly onClose: () => void;
  readonly onDone: () => Promise<void>;
}

export function DepositDialog({ accounts, onClose, onDone }: DepositDialogProps) {
  const { api, account: own, reloadAccount } = usePortal();
  const each = useEach();
  const [busy, setBusy] = useState(false);
  const [amount, setAmount] = useState('');
  const [note, setNote] = useState('');
  const [tried, setTried] = useState(false);
  const only = accounts.length === 1 ? accounts[0] : undefined;
  const micros = parseMoney(amount);
  const isAmount = micros !== null && micros > 0;
  const submit = async () => {
    setTried(true);
    if (micros === null || micros === 0) return;
    setBusy(true);
    await each({
      rows: accounts,
      nameOf: ({ username }) => username,
      work: ({ userid }) => api.deposit(userid, micros, note),
      done: (count) =>
        `${formatMoney(micros)} deposited for ${only?.username ?? `each of ${formatCount(count, 'account')}`}.`,
    });
    onClose();
    await Promise.all([
      onDone(),
      accounts.some(({ userid }) => userid === own.userid) ? reloadAccount() : undefined,
    ]);
  };
  return (
    <Dialog
      title={`Deposit for ${only?.username ?? `each of ${formatCount(accounts.length, 'account')}`}`}
      onClose={onClose}
    >
      {only !== undefined && <p>Balance now: {formatMoney(only.balanceMicros)}</p>}
      <Form onSubmit={submit}>
        <TextField
          label="Amount"
          unit="credits"
          inputMode="decimal"
          value={amount}
          onValue={setAmount}
          error={tried && !isAmount ? 'An amount of credits, such as 100 or 12.50.' : undefined}
        />
        <TextField label="Note" value={note} onValue={setNote} hint="The user sees it among the payments." />
        <div class="dialog-actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={busy}>
            Deposit
          </button>
        </div>
      </Form>
    </Dialog>
  );
}
