// What goes wrong with a host, and what the manager is told of it.
import { DispatcherError, type Hindrance, type VmOperation } from '../../../engine/index.ts';

/** No answer came: of what was asked nothing is known. It may pass by itself. */
export class HostUnreachable extends Error {
  override readonly name: string = 'HostUnreachable';
}

/** There was a connection, and it broke. */
export class ConnectionLost extends HostUnreachable {
  override readonly name = 'ConnectionLost';
}

/** There is no way in until somebody changes something. */
export class HostRefused extends Error {
  override readonly name = 'HostRefused';
  /** held: another daemon has the host. store: ours is not there, or of another service. */
  readonly kind: 'host-key' | 'login' | 'held' | 'no-ssh' | 'store';

  constructor(kind: HostRefused['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** A job on a host came to its end, and it was not the one that was wanted. */
export class JobFailed extends Error {
  override readonly name = 'JobFailed';
  readonly code: number;
  readonly output: string;

  constructor(code: number, output: string) {
    const [first = 'no word of why'] = reasonsIn(output);
    super(`${first} (exit ${code})`);
    this.code = code;
    this.output = output;
  }
}

/** Exit codes of our own scripts, beside those of xl. */
export const EXIT = {
  /** A job of an earlier daemon has not ended. */
  busy: 75,
  noImage: 90,
  noRoom: 91,
  noDomain: 92,
  noVolume: 93,
  /** `timeout` ended it. */
  tooLong: 124,
} as const;

/** Of several that fit the first one counts. */
const REASONS: readonly (readonly [
  pattern: RegExp,
  code: 'REFUSED' | 'NOT_NOW' | 'NODE_UNREACHABLE',
  hindrance: Hindrance,
])[] = [
  [/did not suspend|acknowledge suspend|didn't acknowledge/i, 'REFUSED', 'no-guest-tools'],
  [
    /Out of memory|Cannot allocate memory|not enough (free )?memory|failed to free memory|insufficient memory/i,
    'NOT_NOW',
    'memory-short',
  ],
  [/log[- ]?dirty|shadow|not supported|unsupported/i, 'REFUSED', 'not-supported'],
  [/CPUID|cpu policy|incompatible cpu/i, 'REFUSED', 'cpu-mismatch'],
  [/bridge|hotplug script.*vif|vif-bridge|failed to add nic/i, 'REFUSED', 'network-not-there'],
  [/Host key verification failed|Permission denied \(publickey/i, 'REFUSED', 'operation-blocked'],
  [
    /Connection (refused|closed|timed out)|No route to host|migration.*transport/i,
    'NOT_NOW',
    'node-not-ready',
  ],
  [/in use by another|Device or resource busy/i, 'NOT_NOW', 'disk-in-use'],
];

/** What the manager is told. */
export function dispatcherErrorOf(error: unknown, operation: VmOperation): DispatcherError {
  if (error instanceof DispatcherError) return error;
  if (error instanceof HostUnreachable || error instanceof HostRefused)
    return new DispatcherError('NODE_UNREACHABLE', error.message);
  if (error instanceof JobFailed) return ofJob(error, operation);
  return new DispatcherError('OPERATION_FAILED', error instanceof Error ? error.message : String(error));
}

function ofJob({ code, message, output }: JobFailed, operation: VmOperation): DispatcherError {
  switch (code) {
    case EXIT.busy:
      return new DispatcherError('NOT_NOW', message, 'other-operation');
    case EXIT.noImage:
      return new DispatcherError('REFUSED', message, 'storage-not-there');
    case EXIT.noRoom:
      return operation === 'suspend'
        ? new DispatcherError('REFUSED', message, 'no-suspend-storage')
        : new DispatcherError('NODE_FULL', message);
    case EXIT.tooLong:
      return new DispatcherError('OPERATION_FAILED', `${operation} took too long on the host and was ended`);
    default: {
      const found = REASONS.find(([pattern]) => pattern.test(output));
      if (found !== undefined) return new DispatcherError(found[1], message, found[2]);
      return /No space left on device/i.test(output) && operation === 'suspend'
        ? new DispatcherError('REFUSED', message, 'no-suspend-storage')
        : new DispatcherError('OPERATION_FAILED', message);
    }
  }
}

/** Lines in which something is said to be wrong, without what xl shows of its progress. */
function reasonsIn(output: string): string[] {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/progress:|^xc: info:/.test(line));
  const wrong = lines.filter((line) => /error|fail|cannot|no such|denied|full/i.test(line));
  return wrong.length > 0 ? wrong : lines.slice(-1);
}
