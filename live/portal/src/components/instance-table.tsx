// Instances as rows, with the commands that the service allows for each, and why it waits when it does.
import type { Instance, InstanceCommand, PossibleCommand } from '../../../wire/instance.ts';
import { usePortal } from '../live/context.ts';
import { offeredCommands } from '../live/offered-commands.ts';
import { useAction } from '../live/use-action.ts';
import { useNow } from '../live/use-now.ts';
import { logInLine } from '../text/ssh-keys.ts';
import { formatRelative } from '../text/time.ts';
import { instanceWord, refusalText, troubleText } from '../text/words.ts';
import { Badge } from './badge.tsx';
import { ConfirmButton } from './confirm-button.tsx';
import { type Column, DataTable } from './data-table.tsx';
import { Load } from './load.tsx';

interface InstanceTableProps {
  readonly instances: readonly Instance[];
  readonly showUser?: boolean;
  readonly showReservation?: boolean;
  readonly onChanged: () => Promise<void>;
}

export function InstanceTable({ instances, showUser, showReservation, onChanged }: InstanceTableProps) {
  const columns: Column<Instance>[] = [
    {
      name: 'Instance',
      cell: (vm) => (
        <>
          <strong class="vm-name">{vm.name}</strong>
          <span class="row-note">
            {vm.type}, {vm.template}
          </span>
        </>
      ),
    },
    { name: 'State', cell: (vm) => <State instance={vm} /> },
    { name: 'Node', cell: ({ node }) => node || '–' },
    { name: 'IP address', cell: (vm) => <Address instance={vm} /> },
    {
      name: 'Load',
      cell: ({ loadPermille, status }) => (status === 'RUNNING' ? <Load permille={loadPermille} /> : '–'),
    },
    { name: 'Ends', cell: ({ endTimeMs }) => <Ends ms={endTimeMs} /> },
    { name: 'Actions', cell: (vm) => <InstanceActions instance={vm} onChanged={onChanged} /> },
  ];
  if (showReservation) {
    columns.splice(1, 0, {
      name: 'Reservation',
      cell: ({ reservationId }) => (
        <a href={`#/reservations/${reservationId}`}>{reservationId.slice(0, 8)}</a>
      ),
    });
  }
  if (showUser) columns.splice(1, 0, { name: 'User', cell: ({ username }) => username });
  return <DataTable caption="Instances" columns={columns} rows={instances} rowKey={({ id }) => id} />;
}

/** Where it is, and how one gets in where that is known. */
function Address({ instance: { ipAddress, template } }: { instance: Instance }) {
  const { templates } = usePortal();
  if (ipAddress === null) return <>–</>;
  const line = logInLine(ipAddress, templates.find(({ name }) => name === template)?.login);
  return (
    <>
      <code>{ipAddress}</code>
      {line !== undefined && (
        <span class="row-note">
          <code>{line}</code>
        </span>
      )}
    </>
  );
}

function State({ instance }: { instance: Instance }) {
  const { commands, diskUntilTimeMs, status, trouble, wanted } = instance;
  const refusal = offeredCommands(commands).find(({ allowed }) => !allowed);
  return (
    <>
      <Badge {...instanceWord(status, wanted)} />
      {refusal !== undefined && <span class="row-note wait-note">{reasonText(refusal)}</span>}
      {trouble !== null && <span class="row-note wait-note">{troubleText(trouble)}</span>}
      {diskUntilTimeMs !== null && <DiskUntil ms={diskUntilTimeMs} />}
    </>
  );
}

function reasonText({ reason }: PossibleCommand): string {
  return refusalText(reason ?? null, '');
}

function DiskUntil({ ms }: { ms: number }) {
  return (
    <span class="row-note wait-note">
      It shut down by itself. Its disk is destroyed {formatRelative(ms, useNow(5000))}.
    </span>
  );
}

function Ends({ ms }: { ms: number }) {
  return <>{formatRelative(ms, useNow(5000))}</>;
}

const SAID: Record<InstanceCommand, string> = {
  start: 'is being started',
  stop: 'is being stopped',
  reboot: 'is being rebooted',
  suspend: 'is being suspended',
  resume: 'is being resumed',
  delete: 'is being deleted',
};

const LABELS: Record<InstanceCommand, string> = {
  start: 'Start',
  stop: 'Stop',
  reboot: 'Reboot',
  suspend: 'Suspend',
  resume: 'Resume',
  delete: 'Delete',
};

function InstanceActions({ instance, onChanged }: { instance: Instance; onChanged: () => Promise<void> }) {
  const { api } = usePortal();
  const { busy, run } = useAction();
  const { id, name } = instance;
  const command = async (what: InstanceCommand) => {
    await run(() => api.commandInstance(id, what), `${name} ${SAID[what]}.`);
    await onChanged();
  };
  return (
    <>
      {offeredCommands(instance.commands).map((offered) => {
        const { command: what, allowed } = offered;
        return what === 'delete' ? (
          <ConfirmButton
            key={what}
            label="Delete"
            describedAs={`Delete ${name}`}
            title={`Delete ${name}?`}
            deed="Delete instance"
            disabled={busy || !allowed}
            onConfirm={() => command('delete')}
          >
            <p>
              Its disk is destroyed with it. This cannot be undone, and the reservation gets no new instance
              for it.
            </p>
          </ConfirmButton>
        ) : (
          <button
            key={what}
            type="button"
            disabled={busy || !allowed}
            title={allowed ? undefined : reasonText(offered)}
            aria-label={`${LABELS[what]} ${name}`}
            onClick={() => command(what)}
          >
            {LABELS[what]}
          </button>
        );
      })}
    </>
  );
}
