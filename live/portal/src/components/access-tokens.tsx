// The tokens of the own account: what programs log in with. Their times are of the real clock, which a fast service has left behind.
import { useState } from 'preact/hooks';
import type { Token } from '../../../wire/token.ts';
import { usePortal } from '../live/context.ts';
import { useAction } from '../live/use-action.ts';
import { useResource } from '../live/use-resource.ts';
import type { Column } from '../table/column.ts';
import { ConfirmButton } from './confirm-button.tsx';
import { ListTable } from './list-table.tsx';
import { Loaded } from './loaded.tsx';
import { Moment } from './moment.tsx';
import { NewTokenDialog, SCOPES } from './new-token-dialog.tsx';

export function AccessTokens() {
  const { api } = usePortal();
  const { busy, run } = useAction();
  const [making, setMaking] = useState(false);
  const tokens = useResource((signal) => api.tokens(signal), 'tokens', {});
  const revoke = async ({ id, name }: Token) => {
    await run(() => api.revokeToken(id), `“${name}” lets nobody in any more.`);
    await tokens.reload();
  };
  const columns: readonly Column<Token>[] = [
    { name: 'Name', value: ({ name }) => name, cell: ({ name }) => name },
    { name: 'May', value: ({ scope }) => SCOPES[scope], cell: ({ scope }) => SCOPES[scope] },
    {
      name: 'Made',
      value: ({ createdTimeMs }) => new Date(createdTimeMs),
      cell: ({ createdTimeMs }) => <Moment ms={createdTimeMs} relative={false} />,
    },
    {
      name: 'Last used',
      value: ({ usedTimeMs }) => (usedTimeMs === null ? null : new Date(usedTimeMs)),
      cell: ({ usedTimeMs }) => (usedTimeMs === null ? 'never' : <Moment ms={usedTimeMs} relative={false} />),
    },
    {
      name: 'Expires',
      value: ({ expiresTimeMs }) => (expiresTimeMs === null ? null : new Date(expiresTimeMs)),
      cell: ({ expiresTimeMs }) =>
        expiresTimeMs === null ? 'never' : <Moment ms={expiresTimeMs} relative={false} />,
    },
    {
      name: 'Actions',
      cell: (token) => (
        <ConfirmButton
          label="Revoke"
          describedAs={`Revoke ${token.name}`}
          title={`Revoke “${token.name}”?`}
          deed="Revoke"
          disabled={busy}
          onConfirm={() => revoke(token)}
        >
          <p>Programs that use it are refused from now on. Nothing that they reserved changes.</p>
        </ConfirmButton>
      ),
    },
  ];
  return (
    <section aria-labelledby="tokens-title">
      <h2 id="tokens-title">Access tokens</h2>
      <p class="hint">
        For programs that call the API in your name, so that none needs your password, and for calendar
        programs that show your reservations.
      </p>
      <Loaded resource={tokens}>
        {(items) =>
          items.length > 0 && (
            <ListTable
              caption="Access tokens"
              columns={columns}
              rows={items}
              rowKey={({ id }) => id}
              noun={['token', 'tokens']}
            />
          )
        }
      </Loaded>
      <button type="button" class="below" onClick={() => setMaking(true)}>
        New token…
      </button>
      {making && <NewTokenDialog onClose={() => setMaking(false)} onDone={tokens.reload} />}
    </section>
  );
}
