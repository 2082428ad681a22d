// What runs inside the VMs: guests that boot for a while, tell their addresses when their agent is up, shut down when asked,
// or do not.
import { NULL, type RecordOf } from './data-model.ts';
import type { Operations } from './operations.ts';
import type { Pace } from './pace.ts';
import type { ObjectStore } from './store.ts';

/** In a VM's other_config: what this server knows of the guest that its disk holds. */
export const GUEST_KEY = 'guest-system';

const FEATURES = {
  'feature-balloon': '1',
  'feature-poweroff': '1',
  'feature-reboot': '1',
  'feature-shutdown': '1',
  'feature-suspend': '1',
  'feature-vcpu-hotplug': '1',
};

export class Guests {
  readonly #store: ObjectStore;
  readonly #pace: Pace;
  readonly #operations: Operations;
  /** Stops what a guest is about to do, by VM. */
  readonly #booting = new Map<string, () => void>();
  readonly #deaf = new Set<string>();
  #allDeaf = false;

  constructor(store: ObjectStore, pace: Pace, operations: Operations) {
    this.#store = store;
    this.#pace = pace;
    this.#operations = operations;
  }

  /** From the power button on: first the agent with a link-local address, then the others. */
  boot(vm: string): void {
    this.stop(vm);
    if (this.#store.get('VM', vm).other_config[GUEST_KEY] === undefined) return;
    const next = (ms: number, step: () => void) => {
      this.#booting.set(vm, this.#pace.after(ms, step));
    };
    next(this.#pace.ms('guestBoot'), () => {
      this.#speak(vm, linkLocalAddresses);
      next(this.#pace.ms('guestAddress'), () => {
        this.#booting.delete(vm);
        this.#speak(vm, allAddresses);
      });
    });
  }

  /** The guest is gone or frozen: nothing more comes from it. */
  stop(vm: string): void {
    this.#booting.get(vm)?.();
    this.#booting.delete(vm);
  }

  /** Of one VM, or of all, whoever comes. */
  setDeaf(vm: string | undefined, deaf: boolean): void {
    if (vm === undefined) {
      this.#allDeaf = deaf;
      if (!deaf) this.#deaf.clear();
    } else if (deaf) this.#deaf.add(vm);
    else this.#deaf.delete(vm);
  }

  isDeaf(vm: string): boolean {
    return this.#allDeaf || this.#deaf.has(vm);
  }

  #speak(vm: string, addressesOf: (vif: RecordOf<'VIF'>) => Record<string, string>): void {
    const record = this.#store.find('VM', vm);
    if (record === undefined) return;
    const system = record.other_config[GUEST_KEY] ?? '';
    const vifs = record.VIFs.map((vif) => this.#store.get('VIF', vif));
    const metrics: Partial<RecordOf<'VM_guest_metrics'>> = {
      os_version: { name: system, distro: system.split(' ')[0]?.toLowerCase() ?? '' },
      PV_drivers_version: { major: '6', minor: '2', micro: '0', build: '76888' },
      PV_drivers_up_to_date: true,
      PV_drivers_detected: true,
      networks: Object.assign({}, ...vifs.map(addressesOf)),
      other: FEATURES,
      last_updated: this.#pace.stamp(),
      live: true,
      can_use_hotplug_vbd: 'yes',
      can_use_hotplug_vif: 'yes',
    };
    if (record.guest_metrics === NULL) {
      const guest_metrics = this.#store.insert('VM_guest_metrics', metrics);
      this.#store.update('VM', vm, { guest_metrics });
    } else {
      this.#store.update('VM_guest_metrics', record.guest_metrics, metrics);
      this.#store.touch('VM', vm);
    }
    this.#operations.refresh(vm);
  }
}

function linkLocalAddresses({ device, MAC }: RecordOf<'VIF'>): Record<string, string> {
  const [a = 0, ...rest] = MAC.split(':').map((byte) => Number.parseInt(byte, 16));
  const bytes = [a ^ 2, rest[0], rest[1], 0xff, 0xfe, rest[2], rest[3], rest[4]];
  const hex = bytes.map((byte = 0) => byte.toString(16).padStart(2, '0')).join('');
  const groups = hex.match(/.{4}/g) ?? [];
  return { [`${device}/ipv6/0`]: `fe80::${groups.join(':')}` };
}

/** As if a DHCP server gave out addresses by the last three bytes of the card's. */
function allAddresses(vif: RecordOf<'VIF'>): Record<string, string> {
  const ip = [
    '10',
    ...vif.MAC.split(':')
      .slice(3)
      .map((byte) => Number.parseInt(byte, 16)),
  ].join('.');
  return { [`${vif.device}/ip`]: ip, [`${vif.device}/ipv4/0`]: ip, ...linkLocalAddresses(vif) };
}
