// Access keys of one's own: with which tools for EC2 sign what they ask for. Their times are of the real clock, which a fast service has
// left behind.
import { useState } from 'preact/hooks';
import type { AccessKey, NewAccessKey } from '../../../wire/access-key.ts';
import { usePortal } from '../live/context.ts';
import { useAction } from '../live/use-action.ts';
import { useResource } from '../live/use-resource.ts';
import type { Column } from '../table/column.ts';
import { ConfirmButton } from './confirm-button.tsx';
import { Dialog } from './dialog.tsx';
import { ExpiryField, expiryOf, FOREVER } from './expiry-field.tsx';
import { Form } from './field.tsx';
import { ListTable } from './list-table.tsx';
import { Loaded } from './loaded.tsx';
import { Moment } from './moment.tsx';

export function AccessKeys() {
  const { api } = usePortal();
  const { busy, run } = useAction();
  const [making, setMaking] = useState(false);
  const keys = useResource((signal) => api.accessKeys(signal), 'access-keys', {});
  const revoke = async ({ accessKeyId }: AccessKey) => {
    await run(() => api.revokeAccessKey(accessKeyId), `${accessKeyId} lets nobody in any more.`);
    await keys.reload();
  };
  const columns: readonly Column<AccessKey>[] = [
    {
      name: 'Access key',
      value: ({ accessKeyId }) => accessKeyId,
      cell: ({ accessKeyId }) => <code>{accessKeyId}</code>,
    },
    instant('Made', ({ createdTimeMs }) => createdTimeMs),
    instant('Last used', ({ usedTimeMs }) => usedTimeMs),
    instant('Expires', ({ expiresTimeMs }) => expiresTimeMs),
    {
      name: 'Actions',
      cell: (key) => (
        <ConfirmButton
          label="Revoke"
          describedAs={`Revoke ${key.accessKeyId}`}
          title={`Revoke ${key.accessKeyId}?`}
          deed="Revoke"
          disabled={busy}
          onConfirm={() => revoke(key)}
        >
          <p>Tools that use it are refused from now on. Nothing that they reserved changes.</p>
        </ConfirmButton>
      ),
    },
  ];
  return (
    <>
      <Loaded resource={keys}>
        {(items) =>
          items.length > 0 && (
            <ListTable
              caption="Access keys"
              columns={columns}
              rows={items}
              rowKey={({ accessKeyId }) => accessKeyId}
              noun={['access key', 'access keys']}
            />
          )
        }
      </Loaded>
      <button type="button" class="below" onClick={() => setMaking(true)}>
        New access key…
      </button>
      {making && <NewAccessKeyDialog onClose={() => setMaking(false)} onDone={keys.reload} />}
    </>
  );
}

function instant(name: string, of: (key: AccessKey) => number | null): Column<AccessKey> {
  return {
    name,
    value: (key) => {
      const ms = of(key);
      return ms === null ? null : new Date(ms);
    },
    cell: (key) => {
      const ms = of(key);
      return ms === null ? 'never' : <Moment ms={ms} relative={false} />;
    },
  };
}

interface NewAccessKeyDialogProps {
  readonly onClose: () => void;
  readonly onDone: () => Promise<void>;
}

function NewAccessKeyDialog({ onClose, onDone }: NewAccessKeyDialogProps) {
  const { api } = usePortal();
  const { busy, run } = useAction();
  const [days, setDays] = useState(FOREVER);
  const [made, setMade] = useState<NewAccessKey>();
  if (made === undefined)
    return (
      <Dialog title="New access key" onClose={onClose}>
        <Form
          onSubmit={async () => {
            await run(async () => setMade(await api.createAccessKey(expiryOf(days))));
            await onDone();
          }}
        >
          <ExpiryField value={days} onValue={setDays} />
          <div class="dialog-actions">
            <button type="button" onClick={onClose}>
              Cancel
            </button>
            <button type="submit" class="primary" disabled={busy}>
              Make access key
            </button>
          </div>
        </Form>
      </Dialog>
    );
  return (
    <Dialog title="Access key" onClose={onClose}>
      <p>Copy the secret now; it cannot be shown again. In a shell:</p>
      <pre class="secret">
        {[
          `export AWS_ACCESS_KEY_ID=${made.accessKeyId}`,
          `export AWS_SECRET_ACCESS_KEY=${made.secretAccessKey}`,
          `aws ec2 --endpoint-url ${new URL('ec2', window.location.href).href} --region openpex describe-instances`,
        ].join('\n')}
      </pre>
      <div class="dialog-actions">
        <button type="button" class="primary" onClick={onClose}>
          I have it
        </button>
      </div>
    </Dialog>
  );
}
