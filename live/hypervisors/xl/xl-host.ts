// One Xen host: looks at it, and jobs that it does.
import { Turns } from '../turns.ts';
import { CLAIM, HOLD, JOB, LOOK } from './host-scripts.ts';
import { type HostLook, parseLook } from './look.ts';
import { PLAIN_SESSION, SshChannel } from './ssh-channel.ts';
import { ConnectionLost, HostUnreachable, JobFailed } from './xl-error.ts';
import { type HostSettings, homesOf, type XlSettings } from './xl-settings.ts';

export interface XlHostParts {
  readonly host: HostSettings;
  readonly settings: XlSettings;
  /** Keeps other daemons out as long as it is connected; undefined: only looks. */
  readonly daemon: { readonly id: string; readonly label: string } | undefined;
}

export interface JobTerms {
  readonly signal: AbortSignal;
  /** The host ends it after so long. */
  readonly limitMs: number;
  readonly input?: Buffer | undefined;
}

/** More than the host takes to end what has reached its limit, and to say so. */
const JOB_SLACK_MS = 30_000;

/** sshd allows ten sessions in a connection (MaxSessions): one keeps it open, and there has to be one for looks. */
const MOST_JOBS = 8;

export class XlHost {
  readonly nodeId: string;
  readonly host: HostSettings;
  readonly #settings: XlSettings;
  readonly #channel: SshChannel;
  readonly #jobs = new Turns(MOST_JOBS);

  constructor({ daemon, host, settings }: XlHostParts) {
    this.nodeId = host.nodeId;
    this.host = host;
    this.#settings = settings;
    // A lock that is just being let go of is waited for, and the host has time yet to say that it is not.
    const waitS = String(Math.max(1, Math.floor(settings.pace.connectTimeoutMs / 2000)));
    const session =
      daemon === undefined
        ? PLAIN_SESSION
        : ['sh', '-c', HOLD, 'openpex', settings.directory, daemon.id, daemon.label, waitS];
    this.#channel = new SshChannel({ host, settings, session });
  }

  /** `xl` as our scripts are to call it. */
  get xl(): string {
    return this.#settings.sudo ? 'sudo -n xl' : 'xl';
  }

  /** Before the LVM commands. */
  get sudo(): string {
    return this.#settings.sudo ? 'sudo -n' : '';
  }

  /** @throws HostUnreachable, HostRefused */
  async connect(): Promise<void> {
    await this.#channel.connect();
  }

  /** @throws HostUnreachable when there is no whole answer; HostRefused */
  async look(): Promise<HostLook> {
    const { bridge, directory, leases, pace } = this.#settings;
    const wantsAddresses = bridge === undefined ? 'no' : 'yes';
    const answer = await this.shell(
      LOOK,
      [directory, homesOf(this.#settings), this.xl, leases ?? '', wantsAddresses],
      pace.lookTimeoutMs,
    );
    return parseLook(this.nodeId, answer);
  }

  /**
   * The store becomes, or is, of this service.
   * @param isKnown it has been before: then it must be there
   * @returns what there is against it
   */
  async claim(owner: string, isKnown: boolean): Promise<string | undefined> {
    const { pace, storage } = this.#settings;
    const homes = homesOf(this.#settings);
    const kind = storage.kind === 'shared' ? 'shared' : 'own';
    const answer = await this.shell(
      CLAIM,
      [homes, owner, kind, isKnown ? 'known' : 'new'],
      pace.lookTimeoutMs,
    );
    const said = /^openpex-store (.*)$/m.exec(answer)?.[1];
    if (said === 'ours') return undefined;
    if (said === 'missing')
      return `${homes} of host ${this.nodeId} is not there; is it mounted? VMs that were made are not given up because of it`;
    if (said?.startsWith('of ') === true)
      return `${homes} of host ${this.nodeId} has VMs of another service (${said.slice(3)}); give this one another directory, or remove them and the file owner`;
    return `${homes} of host ${this.nodeId} cannot be written (${answer.trim() || 'no word of why'})`;
  }

  /**
   * Does a job for a VM, one after another.
   * @returns what it said
   * @throws JobFailed when it has come to another end, HostUnreachable when its end was not seen: it may go on
   */
  async job(vmId: string, script: string, args: readonly string[], terms: JobTerms): Promise<string> {
    const { directory } = this.#settings;
    const { input, limitMs, signal } = terms;
    const words = ['sh', '-c', JOB, 'openpex', directory, vmId, '2', script, ...args];
    const { stdout } = await this.#jobs.take('all', signal, () =>
      this.#channel.run(words, {
        timeoutMs: limitMs + JOB_SLACK_MS,
        signal,
        ...(input === undefined ? {} : { input }),
      }),
    );
    const [, output = '', code] = /^([\s\S]*)\nopenpex-code (\d+)\n$/.exec(stdout) ?? [];
    if (code === undefined)
      throw new HostUnreachable(`${this.nodeId} did not say how it ended: ${stdout.trim().slice(-200)}`);
    if (code !== '0') throw new JobFailed(Number(code), output);
    return output;
  }

  /**
   * Runs a script that is over soon, and may be run again: it is, once, when a connection breaks under it.
   * @returns its standard output
   * @throws HostUnreachable, HostRefused
   */
  async shell(script: string, args: readonly string[], timeoutMs: number): Promise<string> {
    const words = ['sh', '-c', script, 'openpex', ...args];
    const untilMs = Date.now() + timeoutMs;
    try {
      return (await this.#channel.run(words, { timeoutMs })).stdout;
    } catch (error) {
      const leftMs = untilMs - Date.now();
      if (!(error instanceof ConnectionLost) || leftMs <= 0) throw error;
      return (await this.#channel.run(words, { timeoutMs: leftMs })).stdout;
    }
  }

  close(): Promise<void> {
    return this.#channel.close();
  }
}
