// Host and pool messages.
import type { RecordOf } from '../data-model.ts';
import { XapiFailure } from '../errors.ts';
import { xapiTime } from '../pace.ts';
import type { Toolstack } from '../toolstack.ts';
import { type Verbs, verb } from '../verbs.ts';

type HostOperation = RecordOf<'host'>['allowed_operations'][number];

/** What a host takes, by whether VMs may be started on it. */
export function hostOperations(enabled: boolean): readonly HostOperation[] {
  return enabled
    ? ['provision', 'evacuate', 'vm_start', 'vm_resume', 'vm_migrate']
    : ['evacuate', 'shutdown', 'reboot', 'vm_migrate', 'enable'];
}

export interface HostActions {
  /** Makes another host the master; the toolstacks of all restart. */
  designateNewMaster(host: string): void;
  /** The host leaves the pool, with what it alone has. */
  eject(host: string): void;
  /** The pool's word that a host is dead, so that its VMs are. */
  declareDead(host: string): void;
}

export function hostMethods({ store, pace, placement, nodes }: Toolstack, actions: HostActions): Verbs {
  function setEnabled(host: string, enabled: boolean): string {
    store.update('host', host, { enabled, allowed_operations: hostOperations(enabled) });
    return '';
  }

  const self = { role: 'pool-operator', params: ['ref host'], result: 'void' } as const;

  return {
    'host.enable': verb(self, (_call, host) => setEnabled(host, true)),
    'host.disable': verb(self, (_call, host) => setEnabled(host, false)),
    'host.compute_free_memory': verb(
      { role: 'read-only', params: ['ref host'], result: 'int' },
      (_call, host) => placement.freeMemory(host),
    ),
    'host.compute_memory_overhead': verb(
      { role: 'read-only', params: ['ref host'], result: 'int' },
      (_call, host) => store.get('host', host).memory_overhead,
    ),
    // Whichever host is asked for, the master looks at its own clock.
    'host.get_servertime': verb(
      { role: 'read-only', params: ['ref host'], result: 'datetime' },
      (_call, host) => {
        store.get('host', host);
        return xapiTime(pace.now() + nodes.master.clockOffsetMs);
      },
    ),
    'host.declare_dead': verb(self, (_call, host) => {
      if (host === nodes.master.host) {
        throw new XapiFailure('OPERATION_NOT_ALLOWED', 'The coordinator cannot be declared dead');
      }
      actions.declareDead(host);
      return '';
    }),
    'pool.designate_new_master': verb(self, (_call, host) => {
      store.get('host', host);
      if (!nodes.isAlive(host)) throw new XapiFailure('HOST_OFFLINE', host);
      actions.designateNewMaster(host);
      return '';
    }),
    'pool.eject': verb(self, (_call, host) => {
      const { control_domain, resident_VMs } = store.get('host', host);
      if (host === nodes.master.host)
        throw new XapiFailure('OPERATION_NOT_ALLOWED', 'The coordinator cannot be ejected');
      const residents = resident_VMs.filter((vm) => vm !== control_domain);
      if (residents.length > 0) throw new XapiFailure('HOST_HAS_RESIDENT_VMS', host);
      actions.eject(host);
      return '';
    }),
    'pool.recover_slaves': verb({ role: 'pool-operator', params: [], result: 'set ref host' }, () => []),
  };
}
