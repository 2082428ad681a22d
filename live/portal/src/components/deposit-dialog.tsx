// Operators: puts credits on an account.
import { useState } from 'preact/hooks';
import type { Account } from '../../../wire/account.ts';
import { usePortal } from '../live/context.ts';
import { useAction } from '../live/use-action.ts';
import { formatMoney, parseMoney } from '../text/money.ts';
import { Dialog } from './dialog.tsx';
import { Form, TextField } from './field.tsx';

interface DepositDialogProps {
  readonly account: Pick<Account, 'userid' | 'username' | 'balanceMicros'>;
  readonly onClose: () => void;
  readonly onDone: () => Promise<void>;
}

export function DepositDialog({ account, onClose, onDone }: DepositDialogProps) {
  const { api, account: own, reloadAccount } = usePortal();
  const { busy, run } = useAction();
  const [amount, setAmount] = useState('');
  const [note, setNote] = useState('');
  const [tried, setTried] = useState(false);
  const micros = parseMoney(amount);
  const isAmount = micros !== null && micros > 0;
  const submit = async () => {
    setTried(true);
    if (micros === null || micros === 0) return;
    const isDone = await run(
      () => api.deposit(account.userid, micros, note),
      `${formatMoney(micros)} deposited for ${account.username}.`,
    );
    if (!isDone) return;
    onClose();
    await Promise.all([onDone(), account.userid === own.userid ? reloadAccount() : undefined]);
  };
  return (
    <Dialog title={`Deposit for ${account.username}`} onClose={onClose}>
      <p>Balance now: {formatMoney(account.balanceMicros)}</p>
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
