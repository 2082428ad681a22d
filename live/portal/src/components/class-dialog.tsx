// Operators: accounts for a class, from a CSV. Passwords that the file does not give are made up, shown and saved this once.
import { useRef, useState } from 'preact/hooks';
import { OpenPexProblem } from '../../../client/problem.ts';
import type { RegistrationBody } from '../../../wire/account.ts';
import { usePortal } from '../live/context.ts';
import { useAction } from '../live/use-action.ts';
import type { Column } from '../table/column.ts';
import { csvOf } from '../table/csv.ts';
import { saveFile } from '../table/save-file.ts';
import { formatCount } from '../text/amounts.ts';
import { readClassList } from '../text/class-list.ts';
import { Dialog } from './dialog.tsx';
import { AreaField, Form } from './field.tsx';
import { ListTable } from './list-table.tsx';

interface ClassDialogProps {
  readonly onClose: () => void;
  readonly onDone: () => Promise<void>;
}

/** Of somebody in the list: whether there is an account now. */
interface Enrolled extends RegistrationBody {
  /** Null: it was made. */
  readonly refusal: string | null;
}

/** Passwords take long to store, each on a core of its own. */
const AT_ONCE = 4;

const COLUMNS: readonly Column<Enrolled>[] = [
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
  const [enrolled, setEnrolled] = useState<readonly Enrolled[] | null>(null);
  const file = useRef<HTMLInputElement>(null);

  const enrol = () =>
    run(async () => {
      const list = await read(text);
      setProblems(list.problems);
      if (list.problems.length > 0) return;
      const refusals = new Map<RegistrationBody, string | null>();
      const waiting = list.people.values();
      const next = async () => {
        // The iterator is shared, so that each is taken once.
        for (const person of waiting) {
          refusals.set(person, await refusalOf(api.register(person)));
          setMade(refusals.size);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, next));
      setEnrolled(list.people.map((person) => ({ ...person, refusal: refusals.get(person) ?? null })));
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
      <Form onSubmit={enrol}>
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
    const lines: string[][] = parse(text, {
      bom: true,
      delimiter: [',', ';', '\t'],
      relax_column_count: true,
      skip_empty_lines: true,
    });
    return readClassList(lines, newPassword);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { people: [], problems: [`This is no CSV: ${error.message}`] };
  }
}

/** Null: it was done. */
async function refusalOf(work: Promise<unknown>): Promise<string | null> {
  try {
    await work;
    return null;
  } catch (error) {
    if (!(error instanceof OpenPexProblem)) throw error;
    return error.message;
  }
}

/** Without letters and digits that look alike. 20 of 32 signs: 100 bits. */
const SIGNS = 'abcdefghijkmnpqrstuvwxyz23456789';

function newPassword(): string {
  const drawn = crypto.getRandomValues(new Uint8Array(20));
  return Array.from(drawn, (byte) => SIGNS[byte % SIGNS.length])
    .join('')
    .replace(/.{5}(?=.)/g, '$&-');
}
