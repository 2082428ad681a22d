// VM messages that start, stop and move: start, resume, suspend, pause, shut down, reboot, migrate, and the questions about
// where a VM could run.
import type { VmOperation } from '../data-model.ts';
import { XapiFailure } from '../errors.ts';
import type { VmMessage } from '../messages.ts';
import type { Toolstack } from '../toolstack.ts';
import { type Call, type Verbs, verb } from '../verbs.ts';

export function vmPowerMethods(toolstack: Toolstack): Verbs {
  const { store, operations, placement, guests, domains, nodes, pace, messages } = toolstack;

  /** Reserves a place, then takes the time of a start or resume there. */
  async function bringUp(
    call: Call,
    vm: string,
    { operation, place, paused }: { operation: VmOperation; place: () => string; paused: boolean },
  ): Promise<string> {
    const resumes = operation === 'resume' || operation === 'resume_on';
    await operations.run(call, vm, operation, async () => {
      const host = place();
      placement.assertUpgraded(vm, host);
      if (resumes) placement.assertCpuSuits(vm, host);
      placement.reserve(vm, host);
      try {
        if (!resumes) domains.forgetGuest(vm);
        await nodes.reach(host, call.signal);
        await spend(call, host, pace.ms(resumes ? 'resume' : 'start'));
        if (resumes) domains.resume(vm, host, paused);
        else {
          const { vendor = '' } = store.get('host', host).cpu_info;
          store.update('VM', vm, {
            last_boot_CPU_flags: { vendor, features: placement.levelledFeatures() },
          });
          domains.start(vm, host, paused);
        }
      } catch (error) {
        placement.release(vm);
        throw error;
      }
    });
    const { resident_on } = store.get('VM', vm);
    const where = store.find('host', resident_on)?.name_label ?? 'none';
    messages.tell(
      resumes ? 'VM_RESUMED' : 'VM_STARTED',
      vm,
      `${resumes ? 'resumed' : 'started'} on ${where}`,
    );
    return '';
  }

  /** The time of an operation on a host, in two halves so that clients see it advance. */
  async function spend(call: Call, host: string, ms: number): Promise<void> {
    await nodes.workOn(host, call.method, ms / 2, call.signal);
    call.progress(0.5);
    await nodes.workOn(host, call.method, ms / 2, call.signal);
  }

  /** An operation on the host that a VM is on. */
  async function onItsHost(
    call: Call,
    vm: string,
    operation: VmOperation,
    body: (host: string) => Promise<void>,
  ): Promise<string> {
    await operations.run(call, vm, operation, async () => {
      const { resident_on } = store.get('VM', vm);
      await nodes.reach(resident_on, call.signal);
      await body(resident_on);
    });
    return '';
  }

  /** A guest may end by itself while something is done to it. */
  function assertStillUp(vm: string): void {
    const { power_state } = store.get('VM', vm);
    if (power_state === 'Running' || power_state === 'Paused') return;
    throw new XapiFailure('VM_BAD_POWER_STATE', vm, 'running', power_state.toLowerCase());
  }

  function askGuest(call: Call, vm: string, operation: VmOperation, obey: () => void): Promise<string> {
    return onItsHost(call, vm, operation, async (host) => {
      if (guests.isDeaf(vm)) {
        await spend(call, host, pace.ms('cleanShutdownTimeout'));
        throw new XapiFailure('VM_FAILED_SHUTDOWN_ACKNOWLEDGMENT', vm);
      }
      await spend(call, host, pace.ms('cleanShutdown'));
      obey();
    });
  }

  /** An operation that a message tells of when it is done. */
  async function told(
    operation: Promise<string>,
    name: VmMessage,
    vm: string,
    deed: string,
  ): Promise<string> {
    await operation;
    messages.tell(name, vm, deed);
    return '';
  }

  function cleanShutdown(call: Call, vm: string): Promise<string> {
    const shutDown = askGuest(call, vm, 'clean_shutdown', () => {
      if (store.get('VM', vm).power_state !== 'Halted') domains.halt(vm);
    });
    return told(shutDown, 'VM_SHUTDOWN', vm, 'was shut down');
  }

  async function hardShutdown(call: Call, vm: string): Promise<string> {
    await operations.run(call, vm, 'hard_shutdown', async () => {
      const { resident_on, power_state } = store.get('VM', vm);
      if (power_state === 'Suspended') {
        placement.assertImageInReach(vm);
        await pace.work(call.method, pace.ms('hardShutdown'), call.signal);
      } else {
        await nodes.reach(resident_on, call.signal);
        await spend(call, resident_on, pace.ms('hardShutdown'));
      }
      if (store.get('VM', vm).power_state !== 'Halted') domains.halt(vm);
    });
    messages.tell('VM_SHUTDOWN', vm, 'lost its power');
    return '';
  }

  function migrate(call: Call, vm: string, to: string): Promise<string> {
    const moved = onItsHost(call, vm, 'pool_migrate', async (from) => {
      placement.assertUphill(from, to);
      placement.assertCpuSuits(vm, to);
      placement.reserve(vm, to);
      try {
        await nodes.reach(to, call.signal);
        const bothAlive = AbortSignal.any([call.signal, nodes.get(from).life.signal]);
        await spend({ ...call, signal: bothAlive }, to, pace.ms('migrate'));
        assertStillUp(vm);
        domains.migrate(vm, to);
      } catch (error) {
        placement.release(vm);
        throw error;
      }
    });
    return told(moved, 'VM_MIGRATED', vm, 'has moved');
  }

  const flags = ['bool', 'bool'] as const;
  const self = { role: 'vm-operator', params: ['ref VM'], result: 'void' } as const;

  return {
    'VM.start': verb(
      { role: 'vm-operator', params: ['ref VM', ...flags], result: 'void' },
      (call, vm, paused) =>
        bringUp(call, vm, { operation: 'start', place: () => placement.choose(vm), paused }),
    ),
    'VM.start_on': verb(
      { role: 'vm-power-admin', params: ['ref VM', 'ref host', ...flags], result: 'void' },
      (call, vm, host, paused) => bringUp(call, vm, { operation: 'start_on', place: () => host, paused }),
    ),
    'VM.resume': verb(
      { role: 'vm-operator', params: ['ref VM', ...flags], result: 'void' },
      (call, vm, paused) =>
        bringUp(call, vm, { operation: 'resume', place: () => placement.choose(vm), paused }),
    ),
    'VM.resume_on': verb(
      { role: 'vm-power-admin', params: ['ref VM', 'ref host', ...flags], result: 'void' },
      (call, vm, host, paused) => bringUp(call, vm, { operation: 'resume_on', place: () => host, paused }),
    ),
    'VM.suspend': verb(self, (call, vm) =>
      told(
        onItsHost(call, vm, 'suspend', async (host) => {
          const sr = domains.suspendSr(vm);
          await spend(call, host, pace.ms('suspend'));
          assertStillUp(vm);
          domains.suspend(vm, sr);
        }),
        'VM_SUSPENDED',
        vm,
        'was suspended',
      ),
    ),
    'VM.pause': verb(self, (call, vm) =>
      told(
        onItsHost(call, vm, 'pause', async (host) => {
          await spend(call, host, pace.ms('pause'));
          assertStillUp(vm);
          domains.pause(vm);
        }),
        'VM_PAUSED',
        vm,
        'was paused',
      ),
    ),
    'VM.unpause': verb(self, (call, vm) =>
      told(
        onItsHost(call, vm, 'unpause', async (host) => {
          await spend(call, host, pace.ms('pause'));
          assertStillUp(vm);
          domains.unpause(vm);
        }),
        'VM_UNPAUSED',
        vm,
        'goes on',
      ),
    ),
    'VM.clean_shutdown': verb(self, cleanShutdown),
    'VM.hard_shutdown': verb(self, hardShutdown),
    'VM.shutdown': verb(self, async (call, vm) => {
      if (store.get('VM', vm).power_state !== 'Running') return hardShutdown(call, vm);
      try {
        return await cleanShutdown(call, vm);
      } catch (error) {
        if (!(error instanceof XapiFailure) || error.code === 'TASK_CANCELLED') throw error;
        return hardShutdown(call, vm);
      }
    }),
    'VM.clean_reboot': verb(self, (call, vm) =>
      told(
        askGuest(call, vm, 'clean_reboot', () => {
          assertStillUp(vm);
          domains.reboot(vm);
        }),
        'VM_REBOOTED',
        vm,
        'was rebooted',
      ),
    ),
    'VM.hard_reboot': verb(self, (call, vm) =>
      told(
        onItsHost(call, vm, 'hard_reboot', async (host) => {
          await spend(call, host, pace.ms('hardShutdown'));
          assertStillUp(vm);
          domains.reboot(vm);
        }),
        'VM_REBOOTED',
        vm,
        'was rebooted by force',
      ),
    ),
    'VM.pool_migrate': verb(
      { role: 'vm-power-admin', params: ['ref VM', 'ref host', 'map string'], result: 'void' },
      (call, vm, host) => migrate(call, vm, host),
    ),
    'VM.power_state_reset': verb({ ...self, role: 'pool-operator' }, async (call, vm) => {
      await operations.run(call, vm, 'power_state_reset', () => {
        if (store.get('VM', vm).power_state !== 'Halted') domains.halt(vm);
      });
      return '';
    }),
    'VM.assert_can_boot_here': verb(
      { role: 'read-only', params: ['ref VM', 'ref host'], result: 'void' },
      (_call, vm, host) => {
        placement.assertCanBootHere(vm, host);
        return '';
      },
    ),
    'VM.get_possible_hosts': verb(
      { role: 'read-only', params: ['ref VM'], result: 'set ref host' },
      (_call, vm) => placement.possibleHosts(vm, { memory: false }),
    ),
    'VM.update_allowed_operations': verb({ ...self, role: 'read-only' }, (_call, vm) => {
      store.get('VM', vm);
      operations.refresh(vm);
      return '';
    }),
    'host.evacuate': verb(
      {
        role: 'pool-operator',
        params: ['ref host', 'ref network', 'int'],
        required: 1,
        result: 'void',
      },
      async (call, host) => {
        for (const vm of store.get('host', host).resident_VMs) {
          const record = store.find('VM', vm);
          if (record === undefined || record.is_control_domain || record.resident_on !== host) continue;
          const [to] = placement.possibleHosts(vm).filter((other) => other !== host);
          if (to === undefined) throw new XapiFailure('NO_HOSTS_AVAILABLE');
          await migrate(call, vm, to);
        }
        return '';
      },
    ),
  };
}
