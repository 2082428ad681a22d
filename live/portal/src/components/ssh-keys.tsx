// Public keys of one's own: what VMs that are made from now on let one in by, and where the present ones are.
import { useMemo, useState } from 'preact/hooks';
import type { Instance } from '../../../wire/instance.ts';
import { usePortal } from '../live/context.ts';
import { useAction } from '../live/use-action.ts';
import { usePages } from '../live/use-pages.ts';
import { useResource } from '../live/use-resource.ts';
import type { Column } from '../table/column.ts';
import { keysIn, logInLine, partsOfKey, wrongKey } from '../text/ssh-keys.ts';
import { instanceWord } from '../text/words.ts';
import { Badge } from './badge.tsx';
import { ConfirmButton } from './confirm-button.tsx';
import { ConsoleLink } from './console-link.tsx';
import { CopyLine } from './copy-line.tsx';
import { AreaField, Form } from './field.tsx';
import { ListTable } from './list-table.tsx';
import { Loaded } from './loaded.tsx';

export function SshKeys() {
  const { api } = usePortal();
  const keys = useResource((signal) => api.sshKeys(signal), 'ssh-keys', {});
  return <Loaded resource={keys}>{({ sshKeys }) => <Keys sshKeys={sshKeys} onSaved={keys.reload} />}</Loaded>;
}

interface KeysProps {
  readonly sshKeys: readonly string[];
  readonly onSaved: () => Promise<void>;
}

function Keys({ sshKeys, onSaved }: KeysProps) {
  const { api } = usePortal();
  const { busy, run } = useAction();
  const [text, setText] = useState('');
  const [tried, setTried] = useState(false);
  const wrong = tried ? (keysIn(text).length === 0 ? 'Paste a public key.' : wrongKey(text)) : undefined;
  const add = async () => {
    setTried(true);
    const added = keysIn(text);
    if (added.length === 0 || wrongKey(text) !== undefined) return;
    const isSaved = await run(
      () => api.setSshKeys([...sshKeys, ...added]),
      'Saved. New instances let you in by it.',
    );
    if (!isSaved) return;
    setText('');
    setTried(false);
    await onSaved();
  };
  const columns: readonly Column<string>[] = [
    {
      name: 'Key',
      value: (key) => partsOfKey(key).comment,
      cell: (key) => <strong>{partsOfKey(key).comment}</strong>,
    },
    { name: 'Kind', value: (key) => partsOfKey(key).kind, cell: (key) => partsOfKey(key).kind },
    {
      name: 'Ends in',
      value: (key) => partsOfKey(key).end,
      cell: (key) => <code>…{partsOfKey(key).end}</code>,
    },
    {
      name: 'Actions',
      cell: (key) => (
        <ConfirmButton
          label="Remove"
          describedAs={`Remove the key ${partsOfKey(key).comment}`}
          title={`Remove “${partsOfKey(key).comment}”?`}
          deed="Remove"
          disabled={busy}
          onConfirm={async () => {
            await run(() => api.setSshKeys(sshKeys.filter((other) => other !== key)), 'Removed.');
            await onSaved();
          }}
        >
          <p>New instances do not let you in by it. Those that are there still do.</p>
        </ConfirmButton>
      ),
    },
  ];
  return (
    <>
      {sshKeys.length > 0 && (
        <ListTable
          caption="SSH keys"
          columns={columns}
          rows={sshKeys}
          rowKey={(key) => key}
          noun={['key', 'keys']}
        />
      )}
      <Form class="card" onSubmit={add}>
        <AreaField
          label="New public key"
          rows={3}
          value={text}
          onValue={setText}
          hint="What ~/.ssh/id_ed25519.pub says. Instances that are there keep the keys that they were made with."
          error={wrong}
        />
        <button type="submit" disabled={busy}>
          Add key
        </button>
      </Form>
    </>
  );
}

/** Instances that have an address, and the command that logs in. */
export function LogIns() {
  const { api, templates } = usePortal();
  const instances = usePages((limit, signal) => api.instances(false, limit, signal), 'log-ins', {
    page: 100,
    changedBy: ({ reservationId }) => reservationId !== undefined,
    everyMs: 5000,
  });
  const columns = useMemo((): readonly Column<Instance>[] => {
    const lineOf = ({ ipAddress, template }: Instance) =>
      logInLine(ipAddress, templates.find(({ name }) => name === template)?.login);
    return [
      {
        name: 'Instance',
        value: ({ name }) => name,
        cell: ({ name, reservationId }) => <a href={`#/reservations/${reservationId}`}>{name}</a>,
      },
      {
        name: 'State',
        value: ({ status, wanted }) => instanceWord(status, wanted).label,
        cell: ({ status, wanted }) => <Badge {...instanceWord(status, wanted)} />,
      },
      {
        name: 'Address',
        value: ({ ipAddress }) => ipAddress,
        cell: ({ ipAddress }) => (ipAddress === null ? 'none yet' : <code>{ipAddress}</code>),
      },
      {
        name: 'Log in',
        value: (vm) => lineOf(vm) ?? vm.console,
        cell: (vm) => {
          const line = lineOf(vm);
          if (line === undefined && vm.console === null) return '–';
          return (
            <>
              {line !== undefined && <CopyLine text={line} />}
              {vm.console !== null && <ConsoleLink address={vm.console} name={vm.name} />}
            </>
          );
        },
      },
    ];
  }, [templates]);
  return (
    <Loaded resource={instances}>
      {({ items }) =>
        items.length === 0 ? (
          <p>No instance exists now. Their addresses stand here as soon as they have one.</p>
        ) : (
          <ListTable
            caption="Where they let you in"
            columns={columns}
            rows={items}
            rowKey={({ id }) => id}
            noun={['instance', 'instances']}
            pages={instances}
          />
        )
      }
    </Loaded>
  );
}
