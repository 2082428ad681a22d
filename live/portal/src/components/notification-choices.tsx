// What one wants to hear of without looking, by e-mail or by a webhook of one's own.
import { useState } from 'preact/hooks';
import type { ChosenKind, Notifications } from '../../../wire/notification.ts';
import { usePortal } from '../live/context.ts';
import { useAction } from '../live/use-action.ts';
import { useResource } from '../live/use-resource.ts';
import type { Column } from '../table/column.ts';
import { DataTable } from './data-table.tsx';
import { Form, TextField } from './field.tsx';
import { Loaded } from './loaded.tsx';

const KINDS: Record<ChosenKind, string> = {
  waitlist: 'It is my turn on the waitlist, or I waited in vain',
  'offer-expiring': 'An offer expires',
  started: 'A window opens',
  'ending-soon': 'A window ends soon',
  failed: 'Something fails',
  maintenance: 'A node of mine will be in maintenance',
};

const IN_ORDER = Object.keys(KINDS) as readonly ChosenKind[];

export function NotificationChoices() {
  const { api } = usePortal();
  const choices = useResource((signal) => api.notifications(signal), 'notifications', {});
  return (
    <section aria-labelledby="notifications-title">
      <h2 id="notifications-title">Notifications</h2>
      <Loaded resource={choices}>
        {(chosen) =>
          chosen.email.available || chosen.webhook.allowed !== 'off' ? (
            <ChoicesForm chosen={chosen} reload={choices.reload} />
          ) : (
            <p class="hint">This service sends none.</p>
          )
        }
      </Loaded>
    </section>
  );
}

type Channel = 'email' | 'webhook';

function ChoicesForm({ chosen, reload }: { chosen: Notifications; reload: () => Promise<unknown> }) {
  const { api } = usePortal();
  const { busy, run } = useAction();
  const [kinds, setKinds] = useState({ email: chosen.email.kinds, webhook: chosen.webhook.kinds });
  const [url, setUrl] = useState(chosen.webhook.url ?? '');
  const [secret, setSecret] = useState<string | undefined>();
  const hasWebhook = chosen.webhook.allowed !== 'off';
  const channels: readonly (readonly [Channel, string])[] = [
    ...(chosen.email.available ? ([['email', 'E-mail']] as const) : []),
    ...(hasWebhook ? ([['webhook', 'Webhook']] as const) : []),
  ];
  const columns: readonly Column<ChosenKind>[] = [
    { name: 'Tell me when', cell: (kind) => KINDS[kind] },
    ...channels.map(([channel, label]) => ({
      name: label,
      cell: (kind: ChosenKind) => (
        <input
          type="checkbox"
          aria-label={`${KINDS[kind]}: ${label}`}
          checked={kinds[channel].some((each) => each === kind)}
          onChange={(event) => choose(channel, kind, event.currentTarget.checked)}
        />
      ),
    })),
  ];
  const choose = (channel: Channel, kind: ChosenKind, isChosen: boolean) =>
    setKinds({
      ...kinds,
      [channel]: IN_ORDER.filter((each) =>
        each === kind ? isChosen : kinds[channel].some((known) => known === each),
      ),
    });
  const save = () =>
    run(async () => {
      const { webhook } = await api.chooseNotifications({
        ...(chosen.email.available ? { email: kinds.email } : {}),
        ...(hasWebhook
          ? { webhook: { url: url.trim() === '' ? null : url.trim(), kinds: kinds.webhook } }
          : {}),
      });
      if (webhook.secret !== undefined) setSecret(webhook.secret);
      await reload();
    }, 'Saved.');
  return (
    <Form class="card choices" onSubmit={save}>
      <DataTable caption="What you are told of" columns={columns} rows={IN_ORDER} rowKey={(kind) => kind} />
      {chosen.email.available && <p class="hint">E-mails go to {chosen.email.address}.</p>}
      {hasWebhook && (
        <TextField
          label="Webhook"
          value={url}
          onValue={setUrl}
          hint="A URL of yours that is sent each as JSON, signed."
        />
      )}
      {secret !== undefined && (
        <p role="status">
          What is sent there is signed with this secret, which is shown this once: <code>{secret}</code>
        </p>
      )}
      {chosen.webhook.trouble !== null && (
        <p class="error">The last delivery to the webhook failed: {chosen.webhook.trouble}</p>
      )}
      <p class="choices-deeds">
        <button type="submit" disabled={busy}>
          Save
        </button>
        <button
          type="button"
          disabled={busy}
          onClick={() => run(() => api.testNotifications(), 'A test is on its way.')}
        >
          Send a test
        </button>
      </p>
    </Form>
  );
}
