// How a pool says no, and how it says nothing. Everything that comes out of the client library is sorted into one of two kinds here;
// dispatcherErrorOf makes of them what the manager understands.
import { DispatcherError, type Hindrance, type VmOperation } from '../../../engine/index.ts';

/** The pool's own refusal, with its code and parameters as the XenAPI documents them. */
export class PoolFailure extends Error {
  override readonly name = 'PoolFailure';
  readonly code: string;
  readonly params: readonly string[];

  constructor(code: string, params: readonly string[] = []) {
    super(params.length === 0 ? code : `${code} (${params.join(', ')})`);
    this.code = code;
    this.params = params;
  }
}

/** Nobody answered, or somebody who does not serve the pool at present. */
export class PoolUnreachable extends Error {
  override readonly name = 'PoolUnreachable';
  /** The question may have been heard: whether it took effect has to be looked up. */
  readonly mayHaveHappened: boolean;
  /** The address of the master, where that is what was answered. */
  readonly master: string | undefined;

  constructor(
    message: string,
    options: ErrorOptions & { readonly mayHaveHappened: boolean; readonly master?: string | undefined },
  ) {
    super(message, options);
    this.mayHaveHappened = options.mayHaveHappened;
    this.master = options.master;
  }
}

/** An operation that took longer than it may. It was asked to stop; what became of it has to be looked up. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';
}

/** Said by toolstacks that are not, or not yet, the ones to ask. */
const NOT_SERVING: ReadonlySet<string> = new Set([
  'HOST_IS_SLAVE',
  'HOST_STILL_BOOTING',
  'HOST_HAS_NO_MANAGEMENT_IP',
  'HOST_UNKNOWN_TO_MASTER',
  'HOST_MASTER_CANNOT_TALK_BACK',
  'SESSION_INVALID',
]);

/** Of a connection that was never made. */
const NEVER_SENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Of TLS, before anything was said. */
const TLS_CODE = /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

/** Sorts what a call of the client library rejected with. */
export function understand(error: unknown): PoolFailure | PoolUnreachable {
  if (error instanceof PoolFailure || error instanceof PoolUnreachable) return error;
  const { code, message, name, params } = partsOf(error);
  if (params !== undefined && code !== undefined) {
    const texts = params.map(String);
    if (!NOT_SERVING.has(code)) return new PoolFailure(code, texts);
    const master = code === 'HOST_IS_SLAVE' ? texts[0] : undefined;
    return new PoolUnreachable(`the pool is not served here: ${message}`, {
      cause: error,
      mayHaveHappened: false,
      master,
    });
  }
  // A toolstack in emergency mode answers JSON-RPC calls with a bare array, which the client calls an invalid request.
  if (name === 'InvalidRequest')
    return new PoolUnreachable('the toolstack is still starting', { cause: error, mayHaveHappened: false });
  const isUnsent = code !== undefined && (NEVER_SENT.has(code) || TLS_CODE.test(code));
  return new PoolUnreachable(
    code === undefined || message.includes(code) ? message : `${message} (${code})`,
    {
      cause: error,
      mayHaveHappened: !isUnsent,
    },
  );
}

/** The code of the operating system or TLS that is behind a connection that failed. */
export function causeCodeOf({ cause }: PoolUnreachable): string | undefined {
  return partsOf(cause).code;
}

export function isTlsCode(code: string | undefined): boolean {
  return code !== undefined && TLS_CODE.test(code);
}

function partsOf(error: unknown): {
  readonly code: string | undefined;
  readonly message: string;
  readonly name: string;
  readonly params: readonly unknown[] | undefined;
} {
  if (!(error instanceof Error))
    return { code: undefined, message: String(error), name: '', params: undefined };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const params = 'params' in error && Array.isArray(error.params) ? error.params : undefined;
  return {
    code,
    message: error.message === '' ? (code ?? error.name) : error.message,
    name: error.name,
    params,
  };
}

/** How a refusal of the pool is to be taken: what brings a VM up waits where another operation is given up, because the VM runs without it. */
type Meaning =
  | { readonly code: 'NODE_UNREACHABLE' | 'BAD_POWER_STATE' | 'UNKNOWN_VM' | 'NODE_FULL' }
  | { readonly code: 'REFUSED' | 'NOT_NOW' | 'WAITS_TO_COME_UP'; readonly hindrance: Hindrance };

const refused = (hindrance: Hindrance): Meaning => ({ code: 'REFUSED', hindrance });
const notNow = (hindrance: Hindrance): Meaning => ({ code: 'NOT_NOW', hindrance });
const waitsToComeUp = (hindrance: Hindrance): Meaning => ({ code: 'WAITS_TO_COME_UP', hindrance });

const MEANINGS: Readonly<Record<string, Meaning>> = {
  HOST_OFFLINE: { code: 'NODE_UNREACHABLE' },
  HOST_NOT_LIVE: { code: 'NODE_UNREACHABLE' },
  HOST_DISABLED: { code: 'NODE_UNREACHABLE' },
  CANNOT_CONTACT_HOST: { code: 'NODE_UNREACHABLE' },
  HOST_NOT_ENOUGH_PCPUS: { code: 'NODE_FULL' },
  VM_BAD_POWER_STATE: { code: 'BAD_POWER_STATE' },
  HANDLE_INVALID: { code: 'UNKNOWN_VM' },
  UUID_INVALID: { code: 'UNKNOWN_VM' },

  VM_LACKS_FEATURE: refused('no-guest-tools'),
  VM_LACKS_FEATURE_SUSPEND: refused('no-guest-tools'),
  VM_LACKS_FEATURE_SHUTDOWN: refused('no-guest-tools'),
  VM_MISSING_PV_DRIVERS: refused('no-guest-tools'),
  VM_OLD_PV_DRIVERS: refused('no-guest-tools'),
  VM_HAS_PCI_ATTACHED: refused('device-attached'),
  VM_HAS_SRIOV_VIF: refused('device-attached'),
  VM_HAS_VGPU: refused('device-attached'),
  VM_HAS_VUSBS: refused('device-attached'),
  VM_REQUIRES_GPU: refused('device-attached'),
  VM_REQUIRES_VGPU: refused('device-attached'),
  VM_REQUIRES_IOMMU: refused('device-attached'),
  VGPU_SUSPENSION_NOT_SUPPORTED: refused('device-attached'),
  VM_NO_SUSPEND_SR: refused('no-suspend-storage'),
  VM_INCOMPATIBLE_WITH_THIS_HOST: refused('cpu-mismatch'),
  VM_HOST_INCOMPATIBLE_VIRTUAL_HARDWARE_PLATFORM_VERSION: refused('cpu-mismatch'),
  XEN_INCOMPATIBLE: refused('cpu-mismatch'),
  OPERATION_BLOCKED: refused('operation-blocked'),
  OPERATION_NOT_ALLOWED: refused('not-supported'),
  VM_NON_SUSPENDABLE: refused('not-supported'),
  VM_IS_IMMOBILE: refused('not-supported'),
  VM_IS_USING_NESTED_VIRT: refused('not-supported'),
  VM_HVM_REQUIRED: refused('not-supported'),
  VM_IS_TEMPLATE: refused('is-template'),

  OTHER_OPERATION_IN_PROGRESS: notNow('other-operation'),
  TOO_BUSY: notNow('other-operation'),
  VDI_IN_USE: notNow('disk-in-use'),
  SR_VDI_LOCKING_FAILED: notNow('disk-in-use'),
  /** The disk is locked by somebody. */
  SR_BACKEND_FAILURE_46: notNow('disk-in-use'),
  HOST_STILL_BOOTING: notNow('node-not-ready'),
  NOT_SUPPORTED_DURING_UPGRADE: notNow('node-not-ready'),
  HOST_EVACUATE_IN_PROGRESS: notNow('node-not-ready'),
  HOST_EVACUATION_IN_PROGRESS: notNow('node-not-ready'),
  HOST_NOT_ENOUGH_FREE_MEMORY: notNow('memory-short'),
  BALLOONING_TIMEOUT_BEFORE_MIGRATION: notNow('memory-short'),
  SUSPEND_IMAGE_NOT_ACCESSIBLE: notNow('image-out-of-reach'),
  /** Of what is suspended and is to be shut down: no host can reach its memory. */
  NO_HOSTS_AVAILABLE: notNow('image-out-of-reach'),

  /** Hosts are upgraded one after the other. */
  VM_HOST_INCOMPATIBLE_VERSION: waitsToComeUp('node-not-ready'),
  VM_HOST_INCOMPATIBLE_VERSION_MIGRATE: waitsToComeUp('node-not-ready'),
  VM_REQUIRES_SR: waitsToComeUp('storage-not-there'),
  VM_REQUIRES_VDI: waitsToComeUp('storage-not-there'),
  VM_REQUIRES_NETWORK: waitsToComeUp('network-not-there'),
  /** By an administrator: what is cancelled here is not waited for. */
  TASK_CANCELLED: waitsToComeUp('cancelled-outside'),
};

/** What the manager is told about an operation that failed. */
export function dispatcherErrorOf(error: unknown, operation: VmOperation): DispatcherError {
  if (error instanceof DispatcherError) return error;
  if (error instanceof PoolUnreachable) return new DispatcherError('NODE_UNREACHABLE', error.message);
  if (error instanceof PoolFailure) return ofFailure(error, operation);
  return new DispatcherError('OPERATION_FAILED', error instanceof Error ? error.message : String(error));
}

/** A VM goes on without these. */
const CAN_BE_DONE_WITHOUT: ReadonlySet<VmOperation> = new Set(['reboot', 'pause', 'suspend', 'migrate']);

function ofFailure({ code, message }: PoolFailure, operation: VmOperation): DispatcherError {
  const meaning = MEANINGS[code] ?? { code: 'OPERATION_FAILED' };
  if (!('hindrance' in meaning)) return new DispatcherError(meaning.code, message);
  if (meaning.code !== 'WAITS_TO_COME_UP')
    return new DispatcherError(meaning.code, message, meaning.hindrance);
  // What is suspended has its memory on a storage that one host alone may have.
  const hindrance =
    operation === 'resume' && meaning.hindrance === 'storage-not-there'
      ? 'image-out-of-reach'
      : meaning.hindrance;
  const isNeeded = !CAN_BE_DONE_WITHOUT.has(operation);
  return new DispatcherError(isNeeded ? 'NOT_NOW' : 'REFUSED', message, hindrance);
}
