// Which operation a VM takes at present, and how it refuses the others. A pure function of records, checked in the order in
// which the toolstack checks: blocked, power state, another operation, template, control domain, guest.
import type { PowerState, RecordOf, VmOperation } from './data-model.ts';
import { ENUMS } from './data-model.ts';
import { XapiFailure } from './errors.ts';

const HALTED: readonly PowerState[] = ['Halted'];
const RUNNING: readonly PowerState[] = ['Running'];
const LIVE: readonly PowerState[] = ['Paused', 'Suspended', 'Running'];
const ANY: readonly PowerState[] = ['Halted', 'Paused', 'Suspended', 'Running'];

const ALLOWED_STATES: Readonly<Record<VmOperation, readonly PowerState[]>> = {
  import: [],
  changing_VCPUs: HALTED,
  changing_static_range: HALTED,
  changing_memory_limits: HALTED,
  changing_shadow_memory: HALTED,
  changing_NVRAM: HALTED,
  make_into_template: HALTED,
  provision: HALTED,
  start: HALTED,
  start_on: HALTED,
  create_vtpm: HALTED,
  clone: HALTED,
  copy: HALTED,
  unpause: ['Paused'],
  csvm: ['Suspended'],
  resume: ['Suspended'],
  resume_on: ['Suspended'],
  awaiting_memory_live: RUNNING,
  call_plugin: RUNNING,
  clean_reboot: RUNNING,
  clean_shutdown: RUNNING,
  changing_memory_live: RUNNING,
  changing_shadow_memory_live: RUNNING,
  changing_VCPUs_live: RUNNING,
  data_source_op: RUNNING,
  pause: RUNNING,
  pool_migrate: RUNNING,
  send_sysrq: RUNNING,
  send_trigger: RUNNING,
  snapshot_with_quiesce: RUNNING,
  suspend: RUNNING,
  changing_dynamic_range: ['Halted', 'Running'],
  create_template: ['Halted', 'Suspended'],
  destroy: ['Halted', 'Suspended'],
  export: ['Halted', 'Suspended'],
  hard_reboot: ['Paused', 'Running'],
  checkpoint: LIVE,
  get_boot_record: LIVE,
  shutdown: LIVE,
  hard_shutdown: LIVE,
  migrate_send: ['Halted', 'Suspended', 'Running'],
  assert_operation_valid: ANY,
  metadata_export: ANY,
  power_state_reset: ANY,
  revert: ANY,
  reverting: ANY,
  snapshot: ANY,
  update_allowed_operations: ANY,
  query_services: ANY,
};

const NEVER_LISTED: readonly VmOperation[] = [
  'create_template',
  'power_state_reset',
  'csvm',
  'get_boot_record',
  'send_sysrq',
  'send_trigger',
  'query_services',
  'shutdown',
  'call_plugin',
  'changing_memory_live',
  'awaiting_memory_live',
  'changing_memory_limits',
  'changing_shadow_memory_live',
  'changing_VCPUs',
  'assert_operation_valid',
  'data_source_op',
  'update_allowed_operations',
  'import',
  'reverting',
];

const ALLOWED_ON_TEMPLATES: readonly VmOperation[] = [
  'changing_dynamic_range',
  'changing_static_range',
  'changing_memory_limits',
  'changing_shadow_memory',
  'changing_VCPUs',
  'changing_NVRAM',
  'clone',
  'copy',
  'export',
  'metadata_export',
  'provision',
];

const ALLOWED_ON_OWN_TEMPLATES: readonly VmOperation[] = ['destroy', 'migrate_send'];

const TOGETHER: readonly (readonly VmOperation[])[] = [
  ['clone', 'copy', 'export'],
  ['snapshot', 'checkpoint'],
  ['get_boot_record'],
];

/** What a hard shutdown or reboot puts an end to. */
export const CANCELLED_BY_FORCE: readonly VmOperation[] = [
  'clean_shutdown',
  'clean_reboot',
  'hard_reboot',
  'pool_migrate',
  'call_plugin',
  'shutdown',
  'suspend',
];

/** What the guest must offer, by operation: one of these features. */
const NEEDED_FEATURES: Partial<Record<VmOperation, readonly string[]>> = {
  clean_shutdown: ['feature-shutdown', 'feature-poweroff'],
  clean_reboot: ['feature-shutdown', 'feature-reboot'],
  suspend: ['feature-suspend'],
  checkpoint: ['feature-suspend'],
  pool_migrate: ['feature-suspend'],
  migrate_send: ['feature-suspend'],
};

/** What VMs take while hosts of the pool are upgraded one after the other. */
const TAKEN_DURING_UPGRADE: readonly VmOperation[] = [
  'assert_operation_valid',
  'changing_memory_live',
  'changing_shadow_memory_live',
  'changing_VCPUs_live',
  'clean_reboot',
  'clean_shutdown',
  'clone',
  'copy',
  'csvm',
  'destroy',
  'export',
  'get_boot_record',
  'hard_reboot',
  'hard_shutdown',
  'import',
  'make_into_template',
  'pause',
  'pool_migrate',
  'power_state_reset',
  'provision',
  'resume',
  'resume_on',
  'send_sysrq',
  'send_trigger',
  'start',
  'start_on',
  'suspend',
  'unpause',
  'update_allowed_operations',
];

export interface VmView {
  readonly ref: string;
  readonly isPoolUpgrading: boolean;
  readonly vm: RecordOf<'VM'>;
  readonly guest: RecordOf<'VM_guest_metrics'> | undefined;
}

/** Why `operation` is refused at present; undefined when it is not. */
export function refusal(
  { ref, vm, guest, isPoolUpgrading }: VmView,
  operation: VmOperation,
): XapiFailure | undefined {
  const blocked = vm.blocked_operations[operation];
  if (blocked !== undefined) return new XapiFailure('OPERATION_BLOCKED', ref, blocked);
  const states = ALLOWED_STATES[operation];
  if (!states.includes(vm.power_state)) {
    const expected = states.map((state) => state.toLowerCase()).join(', ');
    return new XapiFailure('VM_BAD_POWER_STATE', ref, expected, vm.power_state.toLowerCase());
  }
  const conflict = Object.entries(vm.current_operations).find(
    ([, current]) => !mayRunBeside(current, operation),
  );
  if (conflict !== undefined) {
    return new XapiFailure('OTHER_OPERATION_IN_PROGRESS', 'VM', ref, conflict[1], conflict[0]);
  }
  if (vm.is_a_template && !allowedOnTemplate(vm, operation)) {
    return new XapiFailure('VM_IS_TEMPLATE', ref, operation);
  }
  if (!vm.is_a_template && operation === 'provision') return new XapiFailure('ONLY_PROVISION_TEMPLATE');
  if (!vm.is_a_snapshot && operation === 'revert') return new XapiFailure('ONLY_REVERT_SNAPSHOT');
  if (vm.is_control_domain) {
    return new XapiFailure('OPERATION_NOT_ALLOWED', 'This operation is not allowed on a control domain');
  }
  const lack = lackOfFeatures({ ref, vm, guest }, operation);
  if (lack !== undefined) return lack;
  if (isPoolUpgrading && !TAKEN_DURING_UPGRADE.includes(operation))
    return new XapiFailure('NOT_SUPPORTED_DURING_UPGRADE');
  return undefined;
}

/** The operations that a client may count on, in the order of the API. */
export function allowedOperations(view: VmView): VmOperation[] {
  return ENUMS.vm_operations.filter(
    (operation) => !NEVER_LISTED.includes(operation) && refusal(view, operation) === undefined,
  );
}

function mayRunBeside(current: VmOperation, operation: VmOperation): boolean {
  if (operation === 'hard_shutdown') return current !== 'hard_shutdown';
  if (operation === 'hard_reboot') return current !== 'hard_shutdown' && current !== 'hard_reboot';
  return TOGETHER.some((group) => group.includes(current) && group.includes(operation));
}

function allowedOnTemplate(vm: RecordOf<'VM'>, operation: VmOperation): boolean {
  return (
    ALLOWED_ON_TEMPLATES.includes(operation) ||
    (!vm.is_default_template && ALLOWED_ON_OWN_TEMPLATES.includes(operation))
  );
}

/** Only of guests with their own drivers to load: a paravirtual kernel answers from its first second. */
function lackOfFeatures(
  { ref, vm, guest }: Omit<VmView, 'isPoolUpgrading'>,
  operation: VmOperation,
): XapiFailure | undefined {
  if (vm.power_state !== 'Running' || vm.domain_type !== 'hvm' || guest?.PV_drivers_detected)
    return undefined;
  const needed = NEEDED_FEATURES[operation];
  if (operation === 'changing_VCPUs_live') return missing(ref, guest, ['feature-vcpu-hotplug']);
  return needed === undefined ? undefined : missing(ref, guest, needed);
}

function missing(
  ref: string,
  guest: RecordOf<'VM_guest_metrics'> | undefined,
  features: readonly string[],
): XapiFailure | undefined {
  if (features.some((feature) => guest?.other[feature] === '1')) return undefined;
  return new XapiFailure('VM_LACKS_FEATURE', ref);
}
