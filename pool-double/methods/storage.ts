// VDI, SR and PBD messages: disks, where they are kept, and from which hosts that can be reached.
import { NULL } from '../data-model.ts';
import { XapiFailure } from '../errors.ts';
import type { Toolstack } from '../toolstack.ts';
import { type Verbs, verb } from '../verbs.ts';

export function storageMethods({ store, storage, pace }: Toolstack): Verbs {
  const self = { role: 'vm-admin', params: ['ref VDI'], result: 'void' } as const;
  const pbd = { role: 'pool-operator', params: ['ref PBD'], result: 'void' } as const;

  /** Running VMs with a disk on the SR of a PBD, on its host. */
  function disksInUse(ref: string): string[] {
    const { SR, host } = store.get('PBD', ref);
    return store.get('SR', SR).VDIs.filter((vdi) =>
      store
        .get('VDI', vdi)
        .VBDs.map((vbd) => store.get('VBD', vbd))
        .some((vbd) => vbd.currently_attached && store.get('VM', vbd.VM).resident_on === host),
    );
  }

  return {
    'VDI.create': verb({ role: 'vm-admin', params: ['record VDI'], result: 'ref VDI' }, async (call, vdi) => {
      await pace.work(call.method, pace.ms('disk'), call.signal);
      return storage.make({ SR: NULL, virtual_size: 0, ...vdi });
    }),
    'VDI.destroy': verb(self, async (call, vdi) => {
      storage.assertUnused(vdi, 'destroy');
      await pace.work(call.method, pace.ms('disk'), call.signal);
      storage.assertUnused(vdi, 'destroy');
      storage.remove(vdi);
      return '';
    }),
    'VDI.clone': verb(
      { role: 'vm-admin', params: ['ref VDI', 'map string'], required: 1, result: 'ref VDI' },
      async (call, vdi) => {
        storage.assertUnused(vdi, 'clone');
        await pace.work(call.method, pace.ms('disk'), call.signal);
        return storage.duplicate(vdi, { sr: store.get('VDI', vdi).SR, full: false });
      },
    ),
    'VDI.copy': verb(
      {
        role: 'vm-admin',
        params: ['ref VDI', 'ref SR', 'ref VDI', 'ref VDI'],
        required: 2,
        result: 'ref VDI',
      },
      async (call, vdi, sr) => {
        await pace.work(call.method, pace.ms('disk'), call.signal);
        return storage.duplicate(vdi, { sr, full: true });
      },
    ),
    'VDI.snapshot': verb(
      { role: 'vm-admin', params: ['ref VDI', 'map string'], required: 1, result: 'ref VDI' },
      async (call, vdi) => {
        await pace.work(call.method, pace.ms('disk'), call.signal);
        return storage.snapshot(vdi);
      },
    ),
    'VDI.resize': verb(
      { role: 'vm-admin', params: ['ref VDI', 'int'], result: 'void' },
      async (call, vdi, size) => {
        storage.assertUnused(vdi, 'resize');
        const { virtual_size } = store.get('VDI', vdi);
        if (size < virtual_size) throw new XapiFailure('INVALID_VALUE', 'size', String(size));
        await pace.work(call.method, pace.ms('disk'), call.signal);
        storage.resize(vdi, size);
        return '';
      },
    ),
    'SR.scan': verb({ role: 'vm-power-admin', params: ['ref SR'], result: 'void' }, (_call, sr) => {
      const { PBDs } = store.get('SR', sr);
      if (!PBDs.some((ref) => store.get('PBD', ref).currently_attached)) {
        throw new XapiFailure('SR_HAS_NO_PBDS', sr);
      }
      return '';
    }),
    'PBD.plug': verb(pbd, (_call, ref) => {
      store.update('PBD', ref, { currently_attached: true });
      return '';
    }),
    'PBD.unplug': verb(pbd, (_call, ref) => {
      const [busy] = disksInUse(ref);
      if (busy !== undefined) throw new XapiFailure('VDI_IN_USE', busy, 'unplug');
      store.update('PBD', ref, { currently_attached: false });
      return '';
    }),
  };
}
