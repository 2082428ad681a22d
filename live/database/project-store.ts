// Projects and their members. A project is an account, with a balance, a quota and reservations like any other; who may act for it is here.
import { randomBytes } from 'node:crypto';
import { ServiceError } from '../problems.ts';
import type { AccountRecord, MemberRecord, MembershipRecord, Page, ProjectRole } from '../records.ts';
import type { NewAccount } from './account-store.ts';
import type { Row } from './field.ts';
import type { Database } from './open-database.ts';
import { countRows, pageOf, parseCursor } from './paging.ts';
import { ACCOUNT, PROJECT_MEMBERS } from './tables.ts';

const PRESENT_PROJECTS = { 'users.kind': 'project', 'users.deleted_ms': null };

export class ProjectStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @throws ServiceError PEX_CONFLICT when a user or a project has that name */
  create(
    accounts: { register(account: NewAccount): Promise<AccountRecord> },
    project: { readonly name: string; readonly title: string; readonly createdMs: number },
  ): Promise<AccountRecord> {
    const { createdMs, name, title } = project;
    return accounts.register({
      username: name,
      // Nobody knows it.
      password: randomBytes(32).toString('base64url'),
      fullName: title,
      // No address is like that.
      email: `project:${name}`,
      role: 'user',
      kind: 'project',
      createdMs,
    });
  }

  async get(projectId: number): Promise<AccountRecord | undefined> {
    const row: Row | undefined = await this.#projects().where({ 'users.userid': projectId }).first();
    return row && ACCOUNT.read(row);
  }

  /** In whatever case. */
  async byName(name: string): Promise<AccountRecord | undefined> {
    const row: Row | undefined = await this.#projects().where({ username_key: name.toLowerCase() }).first();
    return row && ACCOUNT.read(row);
  }

  /** Undefined: no member. */
  async roleOf(projectId: number, userId: number): Promise<ProjectRole | undefined> {
    const row: Row | undefined = await this.#database
      .reads('project_members')
      .where({ project_id: projectId, userid: userId })
      .first();
    return row && PROJECT_MEMBERS.read(row).role;
  }

  /** The projects of a user, by name. */
  async of(userId: number): Promise<MembershipRecord[]> {
    const rows: (Row & { member_role: ProjectRole })[] = await this.#projects()
      .join('project_members', 'project_members.project_id', 'users.userid')
      .where({ 'project_members.userid': userId })
      .select('users.*', 'project_members.role as member_role')
      .orderBy('username_key');
    return rows.map((row) => ({ project: ACCOUNT.read(row), role: row.member_role }));
  }

  /** In the order in which they were made. */
  async list({ cursor, limit }: { limit: number; cursor?: string }): Promise<Page<AccountRecord>> {
    const selection = this.#projects()
      .orderBy('users.userid')
      .limit(limit + 1);
    if (cursor !== undefined) selection.where('users.userid', '>', parseCursor(cursor));
    const rows: (Row & { userid: number })[] = await selection;
    const total = await countRows(this.#projects());
    return pageOf(rows, { limit, total, positionOf: (row) => row.userid, toItem: ACCOUNT.read });
  }

  /** By name. */
  async members(projectId: number): Promise<MemberRecord[]> {
    const rows: { userid: number; username: string; role: ProjectRole }[] = await this.#database
      .reads('project_members')
      .join('users', 'users.userid', 'project_members.userid')
      .where({ project_id: projectId })
      .select('users.userid', 'users.username', 'project_members.role')
      .orderBy('username_key');
    return rows.map(({ role, userid: userId, username }) => ({ userId, username, role }));
  }

  async setMember(projectId: number, userId: number, role: ProjectRole): Promise<void> {
    await PROJECT_MEMBERS.save(this.#database.knex, [{ projectId, userId, role }]);
  }

  /** @throws ServiceError PEX_NOT_FOUND */
  async removeMember(projectId: number, userId: number): Promise<void> {
    const removed = await this.#database
      .knex('project_members')
      .where({ project_id: projectId, userid: userId })
      .delete();
    if (removed === 0) throw new ServiceError('PEX_NOT_FOUND', 'The project has no such member.');
  }

  #projects() {
    return this.#database.reads('users').where(PRESENT_PROJECTS);
  }
}
