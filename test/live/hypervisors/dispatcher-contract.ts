// What every driver has to do, as engine/hypervisor/dispatcher.ts says it. One suite: a driver is run through it by a file that makes a site of
// it, two nodes with room for a few VMs. docs/writing-a-hypervisor.md tells how.
import type { Observable } from 'rxjs';
import { describe, expect, test } from 'vitest';
import {
  type Dispatcher,
  DispatcherError,
  type Observation,
  type VmObservation,
  type VmSpec,
} from '../../../engine/index.ts';

export interface ContractSite {
  readonly dispatcher: Dispatcher;
  readonly nodeIds: readonly [string, string];
  /** What VMs can be made of. */
  readonly template: string;
  /** Lets time pass until `isOver` is true: real time does so by itself, and a virtual clock is moved on. */
  until(isOver: () => boolean): Promise<void>;
  /** The guest of a running VM shuts itself down. Undefined: guests of this hypervisor never do. */
  shutDownInside?(vmId: string): void | Promise<void>;
  /** The dispatcher of another life, when the first one is over. */
  nextLife?(): Promise<Dispatcher>;
}

/** @param open makes a site, which is gone when the test has finished */
export function dispatcherContract(driver: string, open: () => Promise<ContractSite>): void {
  describe(`the dispatcher of ${driver}`, () => {
    test('leads a VM through its whole life, and says where it is', async () => {
      const { act, dispatcher, here, spec, there } = await begin(open);
      const { vmId } = spec;
      expect(await act(dispatcher.create(spec))).toEqual([at(vmId, 'HALTED', null)]);
      expect(await act(dispatcher.start(vmId, here))).toEqual([at(vmId, 'RUNNING', here)]);
      expect(await act(dispatcher.migrate(vmId, there))).toEqual([at(vmId, 'RUNNING', there)]);
      expect(await act(dispatcher.pause(vmId))).toEqual([at(vmId, 'PAUSED', there)]);
      expect(await act(dispatcher.unpause(vmId))).toEqual([at(vmId, 'RUNNING', there)]);
      expect(await act(dispatcher.suspend(vmId))).toEqual([at(vmId, 'SUSPENDED', null)]);
      expect(await act(dispatcher.resume(vmId, here))).toEqual([at(vmId, 'RUNNING', here)]);
      expect(await act(dispatcher.reboot(vmId))).toEqual([at(vmId, 'RUNNING', here)]);
      expect(await act(dispatcher.stop(vmId, 'clean'))).toEqual([at(vmId, 'HALTED', null)]);
      expect(await act(dispatcher.start(vmId, there))).toEqual([at(vmId, 'RUNNING', there)]);
      expect(await act(dispatcher.stop(vmId, 'hard'))).toEqual([at(vmId, 'HALTED', null)]);
      expect(await act(dispatcher.destroy(vmId))).toEqual([at(vmId, 'DELETED', null)]);
      expect(await act(dispatcher.start(vmId, here))).toBe('UNKNOWN_VM');
    });

    test('does nothing before the subscription', async () => {
      const { act, dispatcher, here, spec } = await begin(open);
      dispatcher.create(spec);
      expect(await act(dispatcher.start(spec.vmId, here))).toBe('UNKNOWN_VM');
    });

    test('may be asked again for what is done', async () => {
      const { act, dispatcher, here, spec, there } = await begin(open);
      const { vmId } = spec;
      for (let time = 0; time < 2; time += 1)
        expect(await act(dispatcher.create(spec))).toEqual([at(vmId, 'HALTED', null)]);
      // It runs already, so it stays where it is.
      await act(dispatcher.start(vmId, here));
      expect(await act(dispatcher.start(vmId, there))).toEqual([at(vmId, 'RUNNING', here)]);
      for (let time = 0; time < 2; time += 1)
        expect(await act(dispatcher.migrate(vmId, there))).toEqual([at(vmId, 'RUNNING', there)]);
      for (let time = 0; time < 2; time += 1)
        expect(await act(dispatcher.pause(vmId))).toEqual([at(vmId, 'PAUSED', there)]);
      for (let time = 0; time < 2; time += 1)
        expect(await act(dispatcher.unpause(vmId))).toEqual([at(vmId, 'RUNNING', there)]);
      for (let time = 0; time < 2; time += 1)
        expect(await act(dispatcher.suspend(vmId))).toEqual([at(vmId, 'SUSPENDED', null)]);
      for (let time = 0; time < 2; time += 1)
        expect(await act(dispatcher.resume(vmId, here))).toEqual([at(vmId, 'RUNNING', here)]);
      for (const mode of ['clean', 'hard'] as const)
        expect(await act(dispatcher.stop(vmId, mode))).toEqual([at(vmId, 'HALTED', null)]);
      // Also when it never existed.
      for (const each of [vmId, vmId, UNKNOWN])
        expect(await act(dispatcher.destroy(each))).toEqual([at(each, 'DELETED', null)]);
    });

    test('says of a VM that does not exist, or is not in the state for it, that it is so', async () => {
      const { act, dispatcher, here, spec, there } = await begin(open);
      const { vmId } = spec;
      for (const operation of [
        dispatcher.start(UNKNOWN, here),
        dispatcher.stop(UNKNOWN, 'hard'),
        dispatcher.reboot(UNKNOWN),
        dispatcher.pause(UNKNOWN),
        dispatcher.unpause(UNKNOWN),
        dispatcher.suspend(UNKNOWN),
        dispatcher.resume(UNKNOWN, here),
        dispatcher.migrate(UNKNOWN, there),
      ])
        expect(await act(operation)).toBe('UNKNOWN_VM');
      await act(dispatcher.create(spec));
      for (const operation of [
        dispatcher.reboot(vmId),
        dispatcher.pause(vmId),
        dispatcher.unpause(vmId),
        dispatcher.suspend(vmId),
        dispatcher.resume(vmId, here),
        dispatcher.migrate(vmId, there),
      ])
        expect(await act(operation)).toBe('BAD_POWER_STATE');
    });

    test('leaves a paused VM where it is: it is neither moved, suspended, rebooted nor destroyed, and can be stopped', async () => {
      const { act, dispatcher, here, spec, there } = await begin(open);
      const { vmId } = spec;
      await act(dispatcher.create(spec));
      for (const mode of ['clean', 'hard'] as const) {
        await act(dispatcher.start(vmId, here));
        await act(dispatcher.pause(vmId));
        for (const operation of [
          dispatcher.reboot(vmId),
          dispatcher.suspend(vmId),
          dispatcher.migrate(vmId, there),
        ])
          expect(await act(operation)).toBe('BAD_POWER_STATE');
        expect(await act(dispatcher.stop(vmId, mode))).toEqual([at(vmId, 'HALTED', null)]);
      }
      expect(await act(dispatcher.destroy(vmId))).toEqual([at(vmId, 'DELETED', null)]);
    });

    test('discards the memory of a suspended VM that is stopped, and destroys a suspended one', async () => {
      const { act, dispatcher, here, spec } = await begin(open);
      const { vmId } = spec;
      await act(dispatcher.create(spec));
      await act(dispatcher.start(vmId, here));
      await act(dispatcher.suspend(vmId));
      expect(await act(dispatcher.stop(vmId, 'hard'))).toEqual([at(vmId, 'HALTED', null)]);
      await act(dispatcher.start(vmId, here));
      await act(dispatcher.suspend(vmId));
      expect(await act(dispatcher.destroy(vmId))).toEqual([at(vmId, 'DELETED', null)]);
    });

    test('tells nothing unasked of what it was asked for', async () => {
      const { act, dispatcher, here, spec, told } = await begin(open);
      const { vmId } = spec;
      await act(dispatcher.create(spec));
      await act(dispatcher.start(vmId, here));
      await act(dispatcher.reboot(vmId));
      await act(dispatcher.pause(vmId));
      await act(dispatcher.unpause(vmId));
      await act(dispatcher.suspend(vmId));
      await act(dispatcher.destroy(vmId));
      expect(told).toEqual([]);
    });

    test('tells of a guest that shuts itself down, once, and the VM can be started again', async () => {
      const { act, dispatcher, here, site, spec, told } = await begin(open);
      if (site.shutDownInside === undefined) return;
      const { vmId } = spec;
      await act(dispatcher.create(spec));
      await act(dispatcher.start(vmId, here));
      await site.shutDownInside(vmId);
      await site.until(() => told.length > 0);
      expect(told).toEqual([{ kind: 'vm', vm: at(vmId, 'HALTED', null), cause: 'guest-shutdown' }]);
      expect(await act(dispatcher.start(vmId, here))).toEqual([at(vmId, 'RUNNING', here)]);
    });

    test('knows in its next life which VMs there are, at once', async () => {
      const { act, dispatcher, here, site, spec } = await begin(open);
      if (site.nextLife === undefined) return;
      const second = { ...spec, vmId: UNKNOWN };
      await act(dispatcher.create(spec));
      await act(dispatcher.start(spec.vmId, here));
      await act(dispatcher.create(second));
      const next = await site.nextLife();
      let found: readonly VmObservation[] | undefined;
      next.inventory().subscribe((vms) => {
        found = vms;
      });
      expect(found).toHaveLength(2);
      expect(found).toEqual(
        expect.arrayContaining([at(spec.vmId, 'RUNNING', here), at(UNKNOWN, 'HALTED', null)]),
      );
    });
  });
}

const UNKNOWN = '00000000-0000-8000-8000-00000000000f';

/** Loads, addresses and downtimes are what a driver knows beside. */
function at(vmId: string, state: string, nodeId: string | null): unknown {
  return expect.objectContaining({ vmId, state, nodeId });
}

async function begin(open: () => Promise<ContractSite>) {
  const site = await open();
  const told: Observation[] = [];
  site.dispatcher.observations$.subscribe((observation) => told.push(observation));
  const [here, there] = site.nodeIds;
  const spec: VmSpec = {
    vmId: '00000000-0000-8000-8000-000000000001',
    reservationId: '11111111-0000-8000-8000-000000000001',
    userId: '7',
    nodeId: here,
    demand: { milliCpus: 1000, memoryMib: 768, diskGib: 1 },
    template: site.template,
  };
  /** @returns everything that an operation emits before it completes, or the code with which it fails */
  const act = async (operation: Observable<VmObservation>) => {
    const emitted: VmObservation[] = [];
    let outcome: readonly VmObservation[] | string | undefined;
    operation.subscribe({
      next: (seen) => emitted.push(seen),
      error: (error: unknown) => {
        outcome = error instanceof DispatcherError ? error.code : `no DispatcherError: ${error}`;
      },
      complete: () => {
        outcome = emitted;
      },
    });
    await site.until(() => outcome !== undefined);
    return outcome;
  };
  return { site, dispatcher: site.dispatcher, told, here, there, spec, act };
}
