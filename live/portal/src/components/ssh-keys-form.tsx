// Public keys of one's own: what VMs that are made from now on let one in by.
import { useState } from 'preact/hooks';
import { usePortal } from '../live/context.ts';
import { useAction } from '../live/use-action.ts';
import { useResource } from '../live/use-resource.ts';
import { keysIn, wrongKey } from '../text/ssh-keys.ts';
import { AreaField, Form } from './field.tsx';
import { Loaded } from './loaded.tsx';

export function SshKeysForm() {
  const { api } = usePortal();
  const keys = useResource((signal) => api.sshKeys(signal), 'ssh-keys', {});
  return (
    <Loaded resource={keys}>{({ sshKeys }) => <KeysForm sshKeys={sshKeys} onSaved={keys.reload} />}</Loaded>
  );
}

function KeysForm({ sshKeys, onSaved }: { sshKeys: readonly string[]; onSaved: () => Promise<void> }) {
  const { api } = usePortal();
  const { busy, run } = useAction();
  const [text, setText] = useState(sshKeys.join('\n'));
  const [tried, setTried] = useState(false);
  const wrong = tried ? wrongKey(text) : undefined;
  const submit = async () => {
    setTried(true);
    if (wrongKey(text) !== undefined) return;
    if (await run(() => api.setSshKeys(keysIn(text)), 'Saved. New instances let you in by these.'))
      await onSaved();
  };
  return (
    <Form onSubmit={submit}>
      <AreaField
        label="Public keys, one a line"
        rows={4}
        value={text}
        onValue={setText}
        hint="What ~/.ssh/id_ed25519.pub says. Instances that are there keep the keys that they were made with."
        error={wrong}
      />
      <button type="submit" disabled={busy}>
        Save keys
      </button>
    </Form>
  );
}
