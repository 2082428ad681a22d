// How one gets into one's VMs, and programs into one's account: SSH keys with the addresses that they open, and access keys.
import { AccessKeys } from '../components/access-keys.tsx';
import { PageHead } from '../components/page-head.tsx';
import { LogIns, SshKeys } from '../components/ssh-keys.tsx';
import { usePortal } from '../live/context.ts';

export function KeysPage() {
  const { templates } = usePortal();
  const takesKeys = templates.some(({ login }) => login !== undefined);
  return (
    <>
      <PageHead title="Keys" back={{ href: '#/account', label: 'Account' }} />
      <section class="keys" aria-labelledby="ssh-keys-title">
        <h2 id="ssh-keys-title">SSH keys</h2>
        <p class="hint">
          {takesKeys
            ? 'With the private half of any of them you log in to your instances.'
            : 'What instances are made from here does not take keys: how one logs in, the images decide.'}
        </p>
        <SshKeys />
      </section>
      <section class="keys" aria-labelledby="log-ins-title">
        <h2 id="log-ins-title">Where they let you in</h2>
        <LogIns />
      </section>
      <section class="keys" aria-labelledby="access-keys-title">
        <h2 id="access-keys-title">Access keys</h2>
        <p class="hint">
          For tools made for Amazon EC2, such as <code>aws ec2</code>: they sign with one what they ask for in
          your name, and do what users do with what is yours.
        </p>
        <AccessKeys />
      </section>
    </>
  );
}
