// Instances as rows, with the commands that the service allows for each, and why it waits when it does.
import { useMemo } from 'preact/hooks';
import type { Instance, InstanceCommand, PossibleCommand } from '../../../wire/instance.ts';
import { usePortal } from '../live/context.ts';
import { offeredCommands } from '../live/offered-commands.ts';
import { useAction } from '../live/use-action.ts';
import { useEach } from '../live/use-each.ts';
import { useNow } from '../live/use-now.ts';
import type { Pages } from '../live/use-pages.ts';
import type { Column } from '../table/column.ts';
import { formatCount, formatMemory, shortId } from '../text/amounts.ts';
import { namedReservation } from '../text/reservation-title.ts';
import { logInLine } from '../text/ssh-keys.ts';
import { formatMoment, formatRelative } from '../text/time.ts';
import { instanceWord, refusalText, troubleText } from '../text/words.ts';
import { Badge } from './badge.tsx';
import type { BulkDeed } from './bulk-bar.tsx';
import { ConfirmButton } from './confirm-button.tsx';
import { ConsoleLink } from './console-link.tsx';
import { ListTable } from './list-table.tsx';
import { Load } from './load.tsx';

interface InstanceTableProps {
  readonly instances: readonly Instance[];
  /** Where they come from, if that is page by page. */
  readonly pages?: Pages<Instance>;
  readonly showUser?: boolean;
  readonly showReservation?: boolean;
  readonly onChanged: () => Promise<void>;
}

export function InstanceTable(props: InstanceTableProps) {
  const { instances, pages, showUser = false, showReservation = false, onChanged } = props;
  const deeds = useDeeds(onChanged);
  const columns = useMemo(
    () => columnsFor({ showUser, showReservation, onChanged }),
    [showUser, showReservation, onChanged],
  );
  return (
    <ListTable
      caption="Instances"
      columns={columns}
      rows={instances}
      rowKey={({ id }) => id}
      noun={['instance', 'instances']}
      {...(pages !== undefined && { pages })}
      {...(showReservation && { group: BY_RESERVATION })}
      deeds={{ nameOf: ({ name }) => name, all: deeds }}
    />
  );
}

const BY_RESERVATION = {
  label: 'By reservation',
  of: ({ reservationId }: Instance) => reservationId,
  title: ({ reservationId, reservationName, type, username }: Instance) => (
    <>
      <a href={`#/reservations/${reservationId}`}>{namedReservation(reservationName, reservationId)}</a> of{' '}
      {username}, {type}
    </>
  ),
};

const IN_BULK = ['start', 'stop', 'pause', 'unpause', 'suspend', 'resume'] as const;

function useDeeds(onChanged: () => Promise<void>): readonly BulkDeed<Instance>[] {
  const { api } = usePortal();
  const each = useEach();
  return IN_BULK.map((what) => ({
    label: LABELS[what],
    isFor: ({ commands }) => commands.some(({ allowed, command }) => command === what && allowed),
    async run(rows) {
      await each({
        rows,
        nameOf: ({ name }) => name,
        work: ({ id }) => api.commandInstance(id, what),
        done: (count) => `${formatCount(count, 'instance')}: ${LABELS[what].toLowerCase()} is under way.`,
      });
      await onChanged();
    },
  }));
}

function columnsFor(asked: {
  readonly showUser: boolean;
  readonly showReservation: boolean;
  readonly onChanged: () => Promise<void>;
}): readonly Column<Instance>[] {
  const columns: Column<Instance>[] = [
    {
      name: 'Instance',
      value: ({ name, type }) => `${name} ${type}`,
      cell: (vm) => (
        <>
          <strong class="vm-name">{vm.name}</strong>
          <span class="row-note">
            {vm.type}, {vm.template}
          </span>
        </>
      ),
    },
    {
      name: 'State',
      value: ({ status, wanted }) => instanceWord(status, wanted).label,
      cell: (vm) => <State instance={vm} />,
    },
    { name: 'Node', whole: true, value: ({ node }) => node || null, cell: ({ node }) => node || '–' },
    {
      name: 'IP address',
      whole: true,
      value: ({ ipAddress }) => ipAddress,
      cell: (vm) => <Address instance={vm} />,
    },
    {
      name: 'Load',
      unit: 'of 1',
      value: ({ loadPermille, status }) => (status === 'RUNNING' ? (loadPermille ?? 0) / 1000 : null),
      cell: ({ loadPermille, status }) => (status === 'RUNNING' ? <Load permille={loadPermille} /> : '–'),
    },
    {
      name: 'Ends',
      value: ({ endTimeMs }) => new Date(endTimeMs),
      cell: ({ endTimeMs }) => <Ends ms={endTimeMs} />,
    },
    {
      name: 'Began',
      optional: true,
      value: ({ startTimeMs }) => new Date(startTimeMs),
      cell: ({ startTimeMs }) => formatMoment(startTimeMs),
    },
    {
      name: 'Template',
      optional: true,
      value: ({ template }) => template,
      cell: ({ template }) => template,
    },
    { name: 'CPUs', optional: true, numeric: true, value: ({ cpus }) => cpus, cell: ({ cpus }) => cpus },
    {
      name: 'Memory',
      optional: true,
      numeric: true,
      unit: 'MiB',
      value: ({ memoryMib }) => memoryMib,
      cell: ({ memoryMib }) => formatMemory(memoryMib),
    },
    {
      name: 'Disk',
      optional: true,
      numeric: true,
      unit: 'GiB',
      value: ({ diskGib }) => diskGib,
      cell: ({ diskGib }) => `${diskGib} GiB`,
    },
    {
      name: 'Console',
      optional: true,
      value: ({ console }) => console,
      cell: ({ console, name }) => (console === null ? '–' : <ConsoleLink address={console} name={name} />),
    },
    { name: 'Actions', cell: (vm) => <InstanceActions instance={vm} onChanged={asked.onChanged} /> },
  ];
  if (asked.showReservation) {
    columns.splice(1, 0, {
      name: 'Reservation',
      value: ({ reservationId, reservationName }) => reservationName ?? reservationId,
      cell: ({ reservationId, reservationName }) => (
        <a href={`#/reservations/${reservationId}`}>{reservationName ?? shortId(reservationId)}</a>
      ),
    });
  }
  if (asked.showUser)
    columns.splice(1, 0, {
      name: 'User',
      value: ({ username }) => username,
      cell: ({ username }) => username,
    });
  return columns;
}

/** Where it is, and how one gets in where that is known. */
function Address({ instance }: { instance: Instance }) {
  const { console, ipAddress, name, template } = instance;
  const { templates } = usePortal();
  const line = logInLine(ipAddress, templates.find((one) => one.name === template)?.login);
  return (
    <>
      {ipAddress === null ? '–' : <code>{ipAddress}</code>}
      {line !== undefined && (
        <span class="row-note">
          <code>{line}</code>
        </span>
      )}
      {console !== null && (
        <span class="row-note">
          <ConsoleLink address={console} name={name} />
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
  pause: 'is being paused',
  unpause: 'goes on',
  suspend: 'is being suspended',
  resume: 'is being resumed',
  delete: 'is being deleted',
};

const LABELS: Record<InstanceCommand, string> = {
  start: 'Start',
  stop: 'Stop',
  reboot: 'Reboot',
  pause: 'Pause',
  unpause: 'Unpause',
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
