// What is in a pool, by names that outlive references, in an order of its own: to be compared before and after.
import { CLASS_NAMES, NULL } from './data-model.ts';
import type { Toolstack } from './toolstack.ts';

export interface Inventory {
  readonly vms: readonly {
    readonly uuid: string;
    readonly name: string;
    readonly powerState: string;
    /** The name of the host; null when it is on none. */
    readonly residentOn: string | null;
    readonly isTemplate: boolean;
    readonly operations: readonly string[];
  }[];
  /** Uuids, sorted. */
  readonly vbds: readonly string[];
  readonly vifs: readonly { readonly uuid: string; readonly mac: string }[];
  readonly vdis: readonly { readonly uuid: string; readonly name: string; readonly type: string }[];
  /** By the name of the host, in bytes. */
  readonly freeMemory: Readonly<Record<string, number>>;
  /** How many of every class that VMs consist of, and of tasks. */
  readonly counts: Readonly<Record<string, number>>;
}

/** Sessions and events come and go by themselves. */
const COUNTED = ['VM', 'VM_metrics', 'VM_guest_metrics', 'VBD', 'VDI', 'VIF', 'console', 'task'];

export function takeInventory({ store, placement }: Toolstack): Inventory {
  return {
    vms: sorted(
      store.all('VM').map(([, vm]) => ({
        uuid: vm.uuid,
        name: vm.name_label,
        powerState: vm.power_state,
        residentOn: vm.resident_on === NULL ? null : store.get('host', vm.resident_on).name_label,
        isTemplate: vm.is_a_template,
        operations: Object.values(vm.current_operations),
      })),
    ),
    vbds: store
      .all('VBD')
      .map(([, { uuid }]) => uuid)
      .sort(),
    vifs: sorted(store.all('VIF').map(([, { uuid, MAC }]) => ({ uuid, mac: MAC }))),
    vdis: sorted(
      store.all('VDI').map(([, { uuid, name_label, type }]) => ({ uuid, name: name_label, type })),
    ),
    freeMemory: Object.fromEntries(
      store.all('host').map(([ref, { name_label }]) => [name_label, placement.freeMemory(ref)]),
    ),
    counts: Object.fromEntries(
      CLASS_NAMES.filter((name) => COUNTED.includes(name)).map((name) => [name, store.count(name)]),
    ),
  };
}

function sorted<T extends { readonly uuid: string }>(items: readonly T[]): T[] {
  return [...items].sort((a, b) => (a.uuid < b.uuid ? -1 : 1));
}
