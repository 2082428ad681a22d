// One connection to a host, made by the system's `ssh`, over which commands go one after another or side by side. It comes back by itself
// with the next command after it was lost. Of a command whose end nobody saw nothing is known: it throws, and whoever sent it looks.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { commandLine } from './shell-words.ts';
import { ConnectionLost, HostRefused, HostUnreachable } from './xl-error.ts';
import type { HostSettings, XlSettings } from './xl-settings.ts';

export interface ChannelParts {
  readonly host: HostSettings;
  readonly settings: Pick<XlSettings, 'identity' | 'knownHosts' | 'pace'>;
  /**
   * What the host runs as long as the connection lasts: says `openpex-ready` when all is well, `openpex-refused REASON` when it is not, and
   * ends with its standard input.
   */
  readonly session: readonly string[];
}

export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandTerms {
  readonly timeoutMs: number;
  readonly input?: Buffer;
  readonly signal?: AbortSignal;
}

/** What keeps a connection open that has no other purpose. */
export const PLAIN_SESSION = ['sh', '-c', 'echo openpex-ready; exec cat >/dev/null'];

const MAX_OUTPUT = 8 * 2 ** 20;
const MASTER_END_MS = 300;
/** `ssh` says so when it could not do its work, whatever the command would have said. */
const SSH_FAILED = 255;

export class SshChannel {
  readonly #parts: ChannelParts;
  readonly #folder = mkdtempSync(join(tmpdir(), 'pex-'));
  #master: Promise<Master> | undefined;
  #count = 0;
  #isClosed = false;

  constructor(parts: ChannelParts) {
    this.#parts = parts;
  }

  /**
   * Runs a command, whose words nobody reads but itself.
   * @throws HostUnreachable when its end was not seen; HostRefused when there is no way in
   */
  async run(words: readonly string[], terms: CommandTerms): Promise<Answer> {
    terms.signal?.throwIfAborted();
    const master = await this.connect();
    const { host, settings } = this.#parts;
    const args = [
      ...['-S', master.socket, '-o', 'ControlMaster=no', '-o', 'BatchMode=yes', '-T'],
      // Without the connection there is no second one beside it.
      ...['-o', 'ProxyCommand=false', '--', host.target, commandLine(words)],
    ];
    const answer = await runProgram(settings.pace.ssh, args, terms, host.nodeId);
    if (answer.code !== SSH_FAILED) return answer;
    // Its end is known a little later here than there: whoever tries again gets a new connection.
    await Promise.race([master.ended, delay(MASTER_END_MS)]);
    throw new ConnectionLost(
      `the connection to ${host.nodeId} was lost: ${lastLine(answer.stderr) ?? 'ssh has ended'}`,
    );
  }

  /** @throws HostUnreachable, HostRefused */
  connect(): Promise<Master> {
    if (this.#isClosed) return Promise.reject(new HostUnreachable('the connection is closed'));
    this.#master ??= this.#open().catch((error: unknown) => {
      this.#master = undefined;
      throw error;
    });
    return this.#master;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const master = await this.#master?.catch(() => undefined);
    await master?.end();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #open(): Promise<Master> {
    const { host, session, settings } = this.#parts;
    const { connectTimeoutMs, ssh } = settings.pace;
    this.#count += 1;
    const socket = join(this.#folder, String(this.#count));
    const args = [
      ...['-M', '-S', socket, '-T', '-a', '-x', '-o', 'ControlPersist=no', '-o', 'BatchMode=yes'],
      ...['-o', 'StrictHostKeyChecking=yes', '-o', 'ClearAllForwardings=yes', '-o', 'LogLevel=ERROR'],
      ...['-o', `ConnectTimeout=${Math.ceil(connectTimeoutMs / 1000)}`],
      ...['-o', 'ServerAliveInterval=5', '-o', 'ServerAliveCountMax=3'],
      ...(host.port === undefined ? [] : ['-p', String(host.port)]),
      ...(settings.identity === undefined ? [] : ['-i', settings.identity, '-o', 'IdentitiesOnly=yes']),
      ...(settings.knownHosts === undefined ? [] : ['-o', `UserKnownHostsFile=${settings.knownHosts}`]),
      ...['--', host.target, commandLine(session)],
    ];
    const child = spawn(ssh, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const master = new Master(child, socket);
    // Whatever ends it, the next command begins another.
    const mine = master.ended.then(() => {
      this.#master = undefined;
    });
    try {
      await master.whenReady(host, connectTimeoutMs);
      return master;
    } catch (error) {
      await master.end();
      await mine;
      throw error;
    }
  }
}

/** The process that has the connection. */
export class Master {
  readonly socket: string;
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  #stdout = '';
  #stderr = '';
  #failure: Error | undefined;

  constructor(child: ChildProcess, socket: string) {
    this.socket = socket;
    this.#child = child;
    child.stdin?.on('error', () => undefined);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-4000);
    });
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => {
        this.#failure = error;
        resolve();
      });
      child.once('close', () => resolve());
    });
  }

  async whenReady(host: HostSettings, timeoutMs: number): Promise<void> {
    const said = new Promise<'said'>((resolve) => {
      this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        this.#stdout = (this.#stdout + text).slice(-4000);
        if (/^openpex-(ready|refused .*)\n/m.test(this.#stdout)) resolve('said');
      });
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), timeoutMs);
    });
    const first = await Promise.race([said, this.ended.then(() => 'ended' as const), late]);
    clearTimeout(timer);
    const refusal = /^openpex-refused (.*)\n/m.exec(this.#stdout)?.[1];
    if (refusal !== undefined) throw new HostRefused('held', `${host.nodeId}: ${refusal}`);
    if (first === 'said') return;
    if (this.#failure !== undefined)
      throw new HostRefused('no-ssh', `ssh could not be started (${this.#failure.message})`);
    if (first === 'late')
      throw new HostUnreachable(
        `${host.nodeId} (${host.target}) did not answer within ${timeoutMs / 1000} s`,
      );
    throw failureOfConnection(host, this.#stderr);
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null || this.#failure !== undefined)
      return this.ended;
    // Its session ends with its input; one that does not is ended.
    this.#child.stdin?.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 2_000);
    await this.ended;
    clearTimeout(timer);
  }
}

const NO_WAY_IN: readonly (readonly [pattern: RegExp, kind: HostRefused['kind'], advice: string])[] = [
  [
    /REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed|host key .*(unknown|known for)/i,
    'host-key',
    'its host key is not the one that is known; make sure that it is the right machine, then correct the known_hosts file (ssh-keygen -R, ssh-keyscan)',
  ],
  [
    /Permission denied|Too many authentication failures|no such identity/i,
    'login',
    'it does not let us in; put our public key into its authorized_keys, and see xl.identity',
  ],
];

function failureOfConnection(host: HostSettings, stderr: string): Error {
  const reason = lastLine(stderr) ?? 'ssh has ended without a word';
  for (const [pattern, kind, advice] of NO_WAY_IN)
    if (pattern.test(stderr))
      return new HostRefused(kind, `${host.nodeId} (${host.target}): ${advice}; ssh says: ${reason}`);
  return new HostUnreachable(`${host.nodeId} (${host.target}) cannot be reached: ${reason}`);
}

function runProgram(
  program: string,
  args: readonly string[],
  { input, signal, timeoutMs }: CommandTerms,
  nodeId: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const parts = { stdout: '', stderr: '' };
    const giveUp = (error: unknown) => {
      reject(error);
      child.kill('SIGKILL');
    };
    const timer = setTimeout(
      () => giveUp(new HostUnreachable(`${nodeId} did not answer within ${timeoutMs / 1000} s`)),
      timeoutMs,
    );
    const abort = () => giveUp(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => {
        parts[name] += text;
        if (parts[name].length > MAX_OUTPUT) giveUp(new HostUnreachable(`${nodeId} says too much`));
      });
    const isOver = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    child.once('error', (error) => {
      isOver();
      reject(new HostUnreachable(`ssh could not be started: ${error.message}`));
    });
    child.once('close', (code, by) => {
      isOver();
      if (code === null) reject(new HostUnreachable(`ssh to ${nodeId} was ended (${by})`));
      else resolve({ code, ...parts });
    });
    // A command that does not want its input ends without reading it.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

function lastLine(text: string): string | undefined {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^@+$/.test(line))
    .at(-1);
}
