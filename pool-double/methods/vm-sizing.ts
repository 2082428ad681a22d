// VM messages that set memory and processors, with the order of limits that the toolstack insists on. All but one are for
// halted VMs.
import type { RecordOf, VmOperation } from '../data-model.ts';
import { XapiFailure } from '../errors.ts';
import { memoryOverhead } from '../placement.ts';
import type { Toolstack } from '../toolstack.ts';
import { type Call, type Verbs, verb } from '../verbs.ts';

/** Bytes. */
interface MemoryLimits {
  readonly staticMin: number;
  readonly staticMax: number;
  readonly dynamicMin: number;
  readonly dynamicMax: number;
}

/** @throws XapiFailure MEMORY_CONSTRAINT_VIOLATION_ORDER */
export function assertMemoryOrder({ staticMin, dynamicMin, dynamicMax, staticMax }: MemoryLimits): void {
  const ordered =
    0 <= staticMin && staticMin <= dynamicMin && dynamicMin <= dynamicMax && dynamicMax <= staticMax;
  if (!ordered) throw new XapiFailure('MEMORY_CONSTRAINT_VIOLATION_ORDER');
}

export function vmSizingMethods({ store, operations, nodes }: Toolstack): Verbs {
  async function limitMemory(
    call: Call,
    vm: string,
    change: Partial<MemoryLimits>,
    operation: VmOperation = 'changing_memory_limits',
  ): Promise<string> {
    await operations.run(call, vm, operation, () => {
      const record = store.get('VM', vm);
      const limits = { ...limitsOf(record), ...change };
      assertMemoryOrder(limits);
      const { restrictions } = store.get('pool', nodes.pool);
      const pinned = limits.dynamicMin === limits.dynamicMax && limits.dynamicMax === limits.staticMax;
      if (restrictions['restrict_dmc'] === 'true' && !pinned) {
        throw new XapiFailure('MEMORY_CONSTRAINT_VIOLATION_MAXPIN', 'Dynamic memory is not licensed');
      }
      store.update('VM', vm, {
        memory_static_min: limits.staticMin,
        memory_static_max: limits.staticMax,
        memory_dynamic_min: limits.dynamicMin,
        memory_dynamic_max: limits.dynamicMax,
        memory_target: limits.dynamicMin,
        memory_overhead: memoryOverhead({ ...record, memory_static_max: limits.staticMax }),
      });
    });
    return '';
  }

  async function setProcessors(
    call: Call,
    vm: string,
    change: Partial<Pick<RecordOf<'VM'>, 'VCPUs_max' | 'VCPUs_at_startup'>>,
  ): Promise<string> {
    await operations.run(call, vm, 'changing_VCPUs', () => {
      const record = { ...store.get('VM', vm), ...change };
      const [[field, value] = ['', 0]] = Object.entries(change);
      if (value < 1 || record.VCPUs_at_startup > record.VCPUs_max) {
        throw new XapiFailure('INVALID_VALUE', field, String(value));
      }
      store.update('VM', vm, { ...change, memory_overhead: memoryOverhead(record) });
    });
    return '';
  }

  const bytes = { role: 'vm-admin', params: ['ref VM', 'int'], result: 'void' } as const;
  const range = { role: 'vm-admin', params: ['ref VM', 'int', 'int'], result: 'void' } as const;

  return {
    'VM.set_memory_limits': verb(
      { role: 'vm-admin', params: ['ref VM', 'int', 'int', 'int', 'int'], result: 'void' },
      (call, vm, staticMin, staticMax, dynamicMin, dynamicMax) =>
        limitMemory(call, vm, { staticMin, staticMax, dynamicMin, dynamicMax }),
    ),
    'VM.set_memory': verb(bytes, (call, vm, all) =>
      limitMemory(call, vm, { staticMin: all, staticMax: all, dynamicMin: all, dynamicMax: all }),
    ),
    'VM.set_memory_static_range': verb(range, (call, vm, staticMin, staticMax) =>
      limitMemory(call, vm, { staticMin, staticMax }, 'changing_static_range'),
    ),
    'VM.set_memory_dynamic_range': verb(range, (call, vm, dynamicMin, dynamicMax) =>
      limitMemory(call, vm, { dynamicMin, dynamicMax }, 'changing_dynamic_range'),
    ),
    'VM.set_memory_static_min': verb(bytes, (call, vm, staticMin) => limitMemory(call, vm, { staticMin })),
    'VM.set_memory_static_max': verb(bytes, (call, vm, staticMax) => limitMemory(call, vm, { staticMax })),
    'VM.set_memory_dynamic_min': verb(bytes, (call, vm, dynamicMin) =>
      limitMemory(call, vm, { dynamicMin }, 'changing_dynamic_range'),
    ),
    'VM.set_memory_dynamic_max': verb(bytes, (call, vm, dynamicMax) =>
      limitMemory(call, vm, { dynamicMax }, 'changing_dynamic_range'),
    ),
    'VM.set_VCPUs_max': verb(bytes, (call, vm, VCPUs_max) => setProcessors(call, vm, { VCPUs_max })),
    'VM.set_VCPUs_at_startup': verb(bytes, (call, vm, VCPUs_at_startup) =>
      setProcessors(call, vm, { VCPUs_at_startup }),
    ),
    'VM.set_VCPUs_number_live': verb(bytes, async (call, vm, VCPUs_number) => {
      await operations.run(call, vm, 'changing_VCPUs_live', () => {
        const { VCPUs_max, metrics } = store.get('VM', vm);
        if (VCPUs_number < 1 || VCPUs_number > VCPUs_max) {
          throw new XapiFailure('INVALID_VALUE', 'VCPUs', String(VCPUs_number));
        }
        store.update('VM_metrics', metrics, { VCPUs_number });
      });
      return '';
    }),
    'VM.compute_memory_overhead': verb(
      { role: 'read-only', params: ['ref VM'], result: 'int' },
      (_call, vm) => memoryOverhead(store.get('VM', vm)),
    ),
  };
}

function limitsOf(vm: RecordOf<'VM'>): MemoryLimits {
  return {
    staticMin: vm.memory_static_min,
    staticMax: vm.memory_static_max,
    dynamicMin: vm.memory_dynamic_min,
    dynamicMax: vm.memory_dynamic_max,
  };
}
