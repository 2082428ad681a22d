// VBD messages: how VMs have disks and CDs.
import { NULL, type RecordOf } from '../data-model.ts';
import { XapiFailure } from '../errors.ts';
import type { ObjectStore } from '../store.ts';
import type { Toolstack } from '../toolstack.ts';
import { type Verbs, verb } from '../verbs.ts';

/** As many as a VM can have. */
const DEVICES = 16;

/** @throws XapiFailure HANDLE_INVALID, DEVICE_ALREADY_EXISTS, INVALID_DEVICE */
export function makeVbd(store: ObjectStore, vbd: Partial<RecordOf<'VBD'>>): string {
  const { VM = NULL, VDI = NULL, userdevice: wished = 'autodetect', empty = VDI === NULL } = vbd;
  store.get('VM', VM);
  if (!empty) store.get('VDI', VDI);
  const free = freeDevices(store, VM);
  const userdevice = wished === 'autodetect' || wished === '' ? (free[0] ?? '') : wished;
  if (!/^\d+$/.test(userdevice) || Number(userdevice) >= DEVICES) {
    throw new XapiFailure('INVALID_DEVICE', userdevice);
  }
  if (!free.includes(userdevice)) throw new XapiFailure('DEVICE_ALREADY_EXISTS', userdevice);
  return store.insert('VBD', {
    ...vbd,
    empty,
    userdevice,
    device: `xvd${String.fromCharCode(97 + Number(userdevice))}`,
    allowed_operations: ['attach'],
  });
}

function freeDevices(store: ObjectStore, vm: string): string[] {
  const taken = store.get('VM', vm).VBDs.map((vbd) => store.get('VBD', vbd).userdevice);
  return Array.from({ length: DEVICES }, (_, device) => String(device)).filter(
    (device) => !taken.includes(device),
  );
}

export function vbdMethods({ store }: Toolstack): Verbs {
  function plug(vbd: string, currently_attached: boolean): string {
    const record = store.get('VBD', vbd);
    const { power_state } = store.get('VM', record.VM);
    if (power_state !== 'Running') {
      throw new XapiFailure('VM_BAD_POWER_STATE', record.VM, 'running', power_state.toLowerCase());
    }
    if (record.currently_attached === currently_attached) {
      throw new XapiFailure(currently_attached ? 'DEVICE_ALREADY_ATTACHED' : 'DEVICE_ALREADY_DETACHED', vbd);
    }
    store.update('VBD', vbd, { currently_attached });
    return '';
  }

  function changeable(vbd: string, empty: boolean): void {
    const record = store.get('VBD', vbd);
    if (record.type !== 'CD') throw new XapiFailure('VBD_NOT_REMOVABLE_MEDIA', vbd);
    if (record.empty !== empty) throw new XapiFailure(empty ? 'VBD_NOT_EMPTY' : 'VBD_IS_EMPTY', vbd);
  }

  const self = { role: 'vm-admin', params: ['ref VBD'], result: 'void' } as const;

  return {
    'VBD.create': verb({ role: 'vm-admin', params: ['record VBD'], result: 'ref VBD' }, (_call, vbd) =>
      makeVbd(store, vbd),
    ),
    'VBD.destroy': verb(self, (_call, vbd) => {
      const { currently_attached, uuid, VM } = store.get('VBD', vbd);
      if (currently_attached) {
        throw new XapiFailure('OPERATION_NOT_ALLOWED', `VBD '${uuid}' still attached to '${VM}'`);
      }
      store.remove('VBD', vbd);
      return '';
    }),
    'VBD.plug': verb(self, (_call, vbd) => plug(vbd, true)),
    'VBD.unplug': verb(self, (_call, vbd) => plug(vbd, false)),
    'VBD.insert': verb(
      { role: 'vm-operator', params: ['ref VBD', 'ref VDI'], result: 'void' },
      (_call, vbd, VDI) => {
        changeable(vbd, true);
        store.get('VDI', VDI);
        store.update('VBD', vbd, { VDI, empty: false });
        return '';
      },
    ),
    'VBD.eject': verb({ ...self, role: 'vm-operator' }, (_call, vbd) => {
      changeable(vbd, false);
      store.update('VBD', vbd, { VDI: NULL, empty: true });
      return '';
    }),
    'VM.get_allowed_VBD_devices': verb(
      { role: 'read-only', params: ['ref VM'], result: 'set string' },
      (_call, vm) => freeDevices(store, vm),
    ),
  };
}
