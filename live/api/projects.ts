// /OpenPEX/projects: accounts that several users share. Operators make them; their managers choose the members.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { ServiceError } from '../problems.ts';
import type { AccountRecord, ProjectRole } from '../records.ts';
import type { Service } from '../service/service.ts';
import { LedgerEntry, UserIdParams } from '../wire/account.ts';
import { PageQuery, ref } from '../wire/field.ts';
import { MemberBody, MemberParams, Project, ProjectBody, ProjectQuery } from '../wire/project.ts';
import { accountOf } from './authentication.ts';
import type { ApiConfig } from './config.ts';
import { announcePage, pageQuery } from './pages.ts';
import type { Accounts, Ledger, Projects } from './stores.ts';
import { ledgerView, projectView } from './views.ts';

const tags = ['projects'];

export interface ProjectRoutesParts {
  readonly service: Pick<Service, 'now' | 'usageOf'>;
  readonly accounts: Pick<Accounts, 'register' | 'byUsername'>;
  readonly projects: Projects;
  readonly ledger: Ledger;
  readonly config: Pick<ApiConfig, 'quota'>;
}

interface Reached {
  readonly project: AccountRecord;
  /** Of the caller; null: an operator who is no member. */
  readonly role: ProjectRole | null;
}

export function projectRoutes(parts: ProjectRoutesParts): FastifyPluginAsyncTypebox {
  const { service, accounts, projects, ledger, config } = parts;

  /** What is out of reach looks as if it did not exist. */
  const reach = async (request: FastifyRequest, projectId: number): Promise<Reached> => {
    const caller = accountOf(request);
    const project = await projects.get(projectId);
    const role = (await projects.roleOf(projectId, caller.userId)) ?? null;
    if (project === undefined || (role === null && caller.role !== 'operator'))
      throw new ServiceError('PEX_NOT_FOUND', 'There is no such project.');
    request.actsFor = projectId;
    return { project, role };
  };
  const reachToManage = async (request: FastifyRequest, projectId: number): Promise<AccountRecord> => {
    const { project, role } = await reach(request, projectId);
    if (role !== 'manager' && accountOf(request).role !== 'operator')
      throw new ServiceError('PEX_FORBIDDEN', 'This is for managers of the project.');
    return project;
  };
  const person = async (username: string): Promise<AccountRecord> => {
    const account = await accounts.byUsername(username);
    if (account?.kind === 'person') return account;
    throw new ServiceError('PEX_NOT_FOUND', `There is no user "${username}".`);
  };
  const whole = async ({ project, role }: Reached): Promise<Project> =>
    projectView(project, {
      role,
      defaults: config.quota,
      usage: service.usageOf(project),
      members: await projects.members(project.userId),
    });

  return async (app) => {
    app.get(
      '/projects',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'listProjects',
          summary: 'Projects that one is a member of; operators see all with all=true',
          tags,
          querystring: ProjectQuery,
          response: { 200: Type.Array(ref(Project)) },
        },
      },
      async (request, reply) => {
        const { all, ...query } = request.query;
        const { role: ofCaller, userId } = accountOf(request);
        const own = await projects.of(userId);
        const roleIn = (projectId: number) =>
          own.find(({ project }) => project.userId === projectId)?.role ?? null;
        if (all && ofCaller !== 'operator')
          throw new ServiceError('PEX_FORBIDDEN', 'all=true is for operators.');
        const page = all
          ? await projects.list(pageQuery(query))
          : { items: own.map(({ project }) => project), total: own.length, nextCursor: null };
        announcePage(request, reply, page);
        return page.items.map((project) =>
          projectView(project, { role: roleIn(project.userId), defaults: config.quota }),
        );
      },
    );

    app.post(
      '/projects',
      {
        config: { access: 'operator' },
        schema: {
          operationId: 'createProject',
          summary: 'Make a project; it has nothing until a deposit is made to its userid',
          tags,
          body: ProjectBody,
          response: { 201: ref(Project) },
        },
      },
      async (request, reply) => {
        const { manager, name, title } = request.body;
        const first = manager === undefined ? undefined : await person(manager);
        const project = await projects.create(accounts, { name, title, createdMs: service.now() });
        if (first !== undefined) await projects.setMember(project.userId, first.userId, 'manager');
        request.log.info(
          { userId: project.userId, project: name, by: accountOf(request).username },
          'a project was made',
        );
        reply.code(201).header('location', `/OpenPEX/projects/${project.userId}`);
        return whole({ project, role: null });
      },
    );

    app.get(
      '/projects/:userid',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'getProject',
          summary: 'One project, with its members and what it uses of its limits',
          tags,
          params: UserIdParams,
          response: { 200: ref(Project) },
        },
      },
      async (request) => whole(await reach(request, request.params.userid)),
    );

    app.get(
      '/projects/:userid/ledger',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'listLedgerOfProject',
          summary: 'How the balance of a project came about, newest first',
          tags,
          params: UserIdParams,
          querystring: PageQuery,
          response: { 200: Type.Array(ref(LedgerEntry)) },
        },
      },
      async (request, reply) => {
        const { project } = await reach(request, request.params.userid);
        const page = await ledger.page({ ...pageQuery(request.query), userId: project.userId });
        announcePage(request, reply, page);
        return page.items.map(ledgerView);
      },
    );

    app.put(
      '/projects/:userid/members/:username',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'setMember',
          summary: 'Make a user a member or a manager of a project',
          tags,
          params: MemberParams,
          body: MemberBody,
          response: { 200: ref(Project) },
        },
      },
      async (request) => {
        const { userId: projectId, username: project } = await reachToManage(request, request.params.userid);
        const member = await person(request.params.username);
        await projects.setMember(projectId, member.userId, request.body.role);
        request.log.info(
          { project, member: member.username, role: request.body.role, by: accountOf(request).username },
          'a project has a member',
        );
        return whole(await reach(request, projectId));
      },
    );

    app.delete(
      '/projects/:userid/members/:username',
      {
        config: { access: 'user', ignoresBody: true },
        schema: {
          operationId: 'removeMember',
          summary: 'Take a member out of a project; what was reserved for it stays its own',
          tags,
          params: MemberParams,
          response: { 204: Type.Null({ description: 'Done' }) },
        },
      },
      async (request, reply) => {
        const { project } = await reach(request, request.params.userid);
        const member = await person(request.params.username);
        // Who wants to leave may.
        if (member.userId !== accountOf(request).userId) await reachToManage(request, project.userId);
        await projects.removeMember(project.userId, member.userId);
        request.log.info(
          { project: project.username, member: member.username, by: accountOf(request).username },
          'a member left a project',
        );
        return reply.code(204).send(null);
      },
    );
  };
}
