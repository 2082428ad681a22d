// Projects: what they have, who is in them, and their reservations. Operators make them here, too.
import { useState } from 'preact/hooks';
import type { Project } from '../../../wire/project.ts';
import { ConfirmButton } from '../components/confirm-button.tsx';
import { DepositDialog } from '../components/deposit-dialog.tsx';
import { Empty } from '../components/empty.tsx';
import { Form, TextField } from '../components/field.tsx';
import { ListFoot } from '../components/list-foot.tsx';
import { ListTable } from '../components/list-table.tsx';
import { Loaded } from '../components/loaded.tsx';
import { PageHead } from '../components/page-head.tsx';
import { ReservationTable } from '../components/reservation-table.tsx';
import { usePortal } from '../live/context.ts';
import { useAction } from '../live/use-action.ts';
import { usePages } from '../live/use-pages.ts';
import { useResource } from '../live/use-resource.ts';
import type { Column } from '../table/column.ts';
import { formatMoney } from '../text/money.ts';

/** Each is read by itself, with its reservations. */
const AT_A_TIME = 20;

export function ProjectsPage() {
  const { api, account } = usePortal();
  const isOperator = account.role === 'operator';
  const projects = usePages((limit, signal) => api.projects(isOperator, limit, signal), 'projects', {
    page: AT_A_TIME,
  });
  return (
    <>
      <PageHead title="Projects" />
      <p class="hint">Users of a project share its balance and its limits. A member reserves in its name.</p>
      <Loaded resource={projects}>
        {({ items, next, total }) =>
          items.length === 0 ? (
            <Empty>
              <p>
                {isOperator ? 'There is no project yet.' : 'You are in no project. An operator makes them.'}
              </p>
            </Empty>
          ) : (
            <>
              {items.map(({ userid }) => (
                <ProjectCard key={userid} userid={userid} />
              ))}
              {next !== null && (
                <ListFoot text={`${items.length} of ${total} projects`} onMore={projects.more} />
              )}
            </>
          )
        }
      </Loaded>
      {isOperator && <NewProject onDone={projects.reload} />}
    </>
  );
}

function ProjectCard({ userid }: { userid: number }) {
  const { api } = usePortal();
  const project = useResource((signal) => api.project(userid, signal), `project ${userid}`, {
    // Events tell of what is one's own only.
    everyMs: 20_000,
  });
  return (
    <section class="card project" aria-labelledby={`project-${userid}`}>
      <Loaded resource={project}>
        {(found) => (
          <>
            <h2 id={`project-${userid}`}>
              {found.title} <span class="row-id">{found.name}</span>
            </h2>
            <Holdings project={found} onChanged={project.reload} />
            <Members project={found} onChanged={project.reload} />
            <Reservations project={found} onChanged={project.reload} />
          </>
        )}
      </Loaded>
    </section>
  );
}

interface PartProps {
  readonly project: Project;
  readonly onChanged: () => Promise<void>;
}

function Holdings({ project, onChanged }: PartProps) {
  const { account } = usePortal();
  const [depositing, setDepositing] = useState(false);
  const { balanceMicros, quota, role, usage } = project;
  return (
    <>
      <p>
        <strong>{formatMoney(balanceMicros)}</strong>
        {usage !== undefined &&
          `, ${usage.reservations} of ${quota.reservations} reservations and ${usage.vcpus} of ${quota.vcpus} virtual CPUs at the busiest instant`}
        {project.disabled && ' (disabled)'}
      </p>
      {role !== null && !project.disabled && (
        <a class="button" href={`#/new?project=${encodeURIComponent(project.name)}`}>
          Reserve for {project.name}
        </a>
      )}
      {account.role === 'operator' && (
        <button type="button" onClick={() => setDepositing(true)}>
          Deposit…
        </button>
      )}
      {depositing && (
        <DepositDialog
          accounts={[{ userid: project.userid, username: project.name, balanceMicros }]}
          onClose={() => setDepositing(false)}
          onDone={onChanged}
        />
      )}
    </>
  );
}

type Member = NonNullable<Project['members']>[number];

function Members({ project, onChanged }: PartProps) {
  const { api, account } = usePortal();
  const { busy, run } = useAction();
  const [name, setName] = useState('');
  const { members = [], name: ofProject, role, userid } = project;
  const mayChoose = role === 'manager' || account.role === 'operator';
  const add = async () => {
    if (name.trim() === '') return;
    if (await run(() => api.setMember(userid, name.trim(), 'member'), `${name} is a member.`)) setName('');
    await onChanged();
  };
  const columns: readonly Column<Member>[] = [
    { name: 'User', value: ({ username }) => username, cell: ({ username }) => username },
    { name: 'Role', value: (member) => member.role, cell: (member) => member.role },
  ];
  const actions: Column<Member> = {
    name: 'Actions',
    cell: (member) => {
      const other = member.role === 'manager' ? 'member' : 'manager';
      return (
        <>
          <button
            type="button"
            disabled={busy}
            aria-label={`Make ${member.username} a ${other}`}
            onClick={async () => {
              await run(() => api.setMember(userid, member.username, other), 'Changed.');
              await onChanged();
            }}
          >
            Make {other}
          </button>
          <ConfirmButton
            label="Remove"
            describedAs={`Remove ${member.username} from ${ofProject}`}
            title={`Remove ${member.username} from ${ofProject}?`}
            deed="Remove"
            disabled={busy}
            onConfirm={async () => {
              await run(() => api.removeMember(userid, member.username), 'Removed.');
              await onChanged();
            }}
          >
            <p>What was reserved for the project stays its own.</p>
          </ConfirmButton>
        </>
      );
    },
  };
  return (
    <>
      <h3>Members</h3>
      <ListTable
        caption="Members"
        columns={mayChoose ? [...columns, actions] : columns}
        rows={members}
        rowKey={(member) => member.userid}
        noun={['member', 'members']}
      />
      {mayChoose && (
        <Form onSubmit={add} class="inline-form">
          <TextField label={`User name of a new member of ${ofProject}`} value={name} onValue={setName} />
          <button type="submit" disabled={busy}>
            Add
          </button>
        </Form>
      )}
    </>
  );
}

function Reservations({ project, onChanged }: PartProps) {
  const { api } = usePortal();
  const { busy, run } = useAction();
  const [id, setId] = useState('');
  const reservations = usePages(
    (limit, signal) =>
      api.reservations(
        {
          project: project.name,
          states: ['INITIATED', 'WAITLISTED', 'ACCEPTED', 'COUNTERED', 'CONFIRMED', 'ACTIVATED'],
          limit,
        },
        signal,
      ),
    `reservations of ${project.name} ${project.balanceMicros}`,
    { page: 25 },
  );
  const reload = async () => {
    await Promise.all([reservations.reload(), onChanged()]);
  };
  const give = async () => {
    if (id.trim() === '') return;
    const isGiven = await run(
      () => api.transfer(id.trim(), project.name),
      `The reservation is ${project.name}'s now.`,
    );
    if (isGiven) setId('');
    await reload();
  };
  return (
    <>
      <h3>Reservations</h3>
      <Loaded resource={reservations}>
        {({ items }) =>
          items.length === 0 ? (
            <p>None at present.</p>
          ) : (
            <ReservationTable reservations={items} pages={reservations} onChanged={reload} />
          )
        }
      </Loaded>
      <Form onSubmit={give} class="inline-form">
        <TextField
          label={`Reservation to give to ${project.name}`}
          value={id}
          onValue={setId}
          hint="The id of a confirmed one of yours; you get back what you paid."
        />
        <button type="submit" disabled={busy}>
          Give
        </button>
      </Form>
    </>
  );
}

function NewProject({ onDone }: { onDone: () => Promise<void> }) {
  const { api } = usePortal();
  const { busy, run } = useAction();
  const [fields, setFields] = useState({ name: '', title: '', manager: '' });
  const set = (field: keyof typeof fields) => (value: string) => setFields({ ...fields, [field]: value });
  const make = async () => {
    const { manager, name, title } = fields;
    const isMade = await run(
      () => api.createProject({ name, title, ...(manager.trim() === '' ? {} : { manager: manager.trim() }) }),
      `The project ${name} is made.`,
    );
    if (!isMade) return;
    setFields({ name: '', title: '', manager: '' });
    await onDone();
  };
  return (
    <section class="card" aria-labelledby="new-project">
      <h2 id="new-project">New project</h2>
      <Form onSubmit={make}>
        <TextField label="Name" value={fields.name} onValue={set('name')} hint="Short, like a user name." />
        <TextField label="Title" value={fields.title} onValue={set('title')} />
        <TextField label="Manager" value={fields.manager} onValue={set('manager')} hint="A user name." />
        <button type="submit" disabled={busy}>
          Make
        </button>
      </Form>
    </section>
  );
}
