// Operators: accounts for a class, from a CSV. Passwords that the file does not give are made up, shown and saved this once.
import { useRef, useState } from 'preact/hooks';
import { type Enrolled, enrol } from '../../../client/enrol.ts';
import type { RegistrationBody } from '../../../wire/account.ts';
import { CLASS_LIST_CSV, readClassList } from '../../../wire/class-list.ts';
import { usePortal } from '../live/context.ts';
import { useAction } from '../live/use-action.ts';
import type { Column } from '../table/column.ts';
import { csvOf } from '../table/csv.ts';
import { saveFile } from '../table/save-file.ts';
import { formatCount } from '../text/amounts.ts';
import { Dialog } from './dialog.tsx';
import { AreaField, Form } from './field.tsx';
import { ListTable } from './list-table.tsx';

interface ClassDialogProps {
  readonly onClose: () => void;
  readonly onDone: () => Promise<void>;
}

const COLUMNS: readonly Column<Enrolled<RegistrationBody>>[] = [
  {
    name: 'User name',
    value: ({ username }) => username,
    cell: ({ username }) => <strong>{username}</strong>,
  },
  {
    name: 'Password',
    value: ({ password, refusal }) => (refusal === null ? password : null),
    cell: ({ password, refusal }) => (refusal === null ? <code>{password}</code> : '–'),
  },
  {
    name: 'Account',
    value: ({ refusal }) => refusal ?? 'made',
    cell: ({ refusal }) => refusal ?? 'made',
  },
];

export function ClassDialog({ onClose, onDone }: ClassDialogProps) {
  const { api } = usePortal();
  const { busy, run } = useAction();
  const [text, setText] = useState('');
  const [problems, setProblems] = useState<readonly string[]>([]);
  const [made, setMade] = useState<number | null>(null);
  const [enrolled, setEnrolled] = useState<readonly Enrolled<RegistrationBody>[] | null>(null);
  const file = useRef<HTMLInputElement>(null);

  const makeAccounts = () =>
    run(async () => {
      const list = await read(text);
      setProblems(list.problems);
      if (list.problems.length > 0) return;
      setEnrolled(await enrol(list.people, (person) => api.register(person), setMade));
      await onDone();
    });

  if (enrolled !== null) {
    const accounts = enrolled.filter(({ refusal }) => refusal === null).length;
    return (
      <Dialog title={`${formatCount(accounts, 'account')} made`} onClose={onClose}>
        <p>Save the passwords now to hand them out; they cannot be shown again.</p>
        <ListTable
          caption="Accounts of the class"
          columns={COLUMNS}
          rows={enrolled}
          rowKey={({ username }) => username}
          noun={['account', 'accounts']}
        />
        <div class="dialog-actions">
          <button type="button" onClick={() => saveFile('passwords.csv', csvOf(COLUMNS, enrolled))}>
            Save as CSV
          </button>
          <button type="button" class="primary" onClick={onClose}>
            Close
          </button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title="Accounts for a class" onClose={onClose}>
      <Form onSubmit={makeAccounts}>
        <p>
          A CSV with a line for each: <code>username,fullName,email</code> and, if you like,{' '}
          <code>password</code>. Who has none is given one.
        </p>
        <div class="field">
          <label for="class-file">File</label>
          <input
            id="class-file"
            ref={file}
            type="file"
            accept=".csv,text/csv"
            onChange={async () => setText((await file.current?.files?.[0]?.text()) ?? '')}
          />
        </div>
        <AreaField
          label="Or its text"
          rows={6}
          value={text}
          onValue={setText}
          error={problems.length === 0 ? undefined : told(problems)}
        />
        <div class="dialog-actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={busy || text.trim() === ''}>
            {busy && made !== null ? `${formatCount(made, 'account')} made …` : 'Make accounts'}
          </button>
        </div>
      </Form>
    </Dialog>
  );
}

const TOLD = 5;

function told(problems: readonly string[]): string {
  const more = problems.length - TOLD;
  return [...problems.slice(0, TOLD), ...(more > 0 ? [`… and ${more} more`] : [])].join(' ');
}

async function read(text: string) {
  // Few ever need it, so that nobody else loads it.
  const { parse } = await import('csv-parse/browser/esm/sync');
  try {
    const lines: string[][] = parse(text, CLASS_LIST_CSV);
    return readClassList(lines);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { people: [], problems: [`This is no CSV: ${error.message}`] };
  }
}
