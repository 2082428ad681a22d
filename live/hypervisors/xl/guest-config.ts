// The configuration of one VM, in the words of xl.cfg(5).
import { createHash } from 'node:crypto';
import type { VmSpec } from '../../../engine/index.ts';
import { type GuestTemplate, homesOf, type XlSettings } from './xl-settings.ts';

/** For people; VMs are known by their uuid. */
export function nameOf(vmId: string): string {
  return `openpex-${vmId}`;
}

/** In the range that Xen has for those that nobody assigned, and the same whenever it is asked for. */
export function macOf(vmId: string): string {
  const [a, b, c] = createHash('sha256').update(vmId).digest();
  return ['00', '16', '3e', ...[a! & 0x7f, b!, c!].map((byte) => byte.toString(16).padStart(2, '0'))].join(
    ':',
  );
}

export function guestConfig(
  { demand, vmId }: VmSpec,
  template: GuestTemplate,
  mac: string | null,
  settings: XlSettings,
): string {
  const { bootloader, commandLine, device, kernel, ramdisk, type } = template;
  const home = `${homesOf(settings)}/${vmId}`;
  const { storage } = settings;
  const memoryMib = Math.floor(demand.memoryMib);
  const disks = [
    ...(template.image === undefined
      ? []
      : storage.kind === 'lvm'
        ? [`format=raw,vdev=${device},access=rw,target=/dev/${storage.volumeGroup}/openpex-${vmId}`]
        : [`format=raw,vdev=${device},access=rw,target=${home}/disk.img`]),
    ...(template.cloudInit === undefined
      ? []
      : [`format=raw,vdev=${nextDevice(device)},access=ro,target=${home}/seed.iso`]),
  ];
  const lines: (readonly [key: string, value: string | number | readonly string[] | undefined])[] = [
    ['name', nameOf(vmId)],
    ['uuid', vmId],
    ['type', type],
    ['kernel', kernel],
    ['ramdisk', ramdisk],
    ['cmdline', commandLine === '' ? undefined : commandLine],
    ['bootloader', bootloader],
    ['memory', memoryMib],
    ['maxmem', memoryMib],
    ['vcpus', Math.max(1, Math.ceil(demand.milliCpus / 1000))],
    ['disk', disks.length === 0 ? undefined : disks],
    ['vif', mac === null ? undefined : [`mac=${mac},bridge=${settings.bridge}`]],
    // A domain that has ended stays until we have seen why.
    ['on_poweroff', 'preserve'],
    ['on_reboot', 'restart'],
    ['on_crash', 'preserve'],
    ['on_watchdog', 'preserve'],
  ];
  return lines
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key} = ${valueText(value!)}\n`)
    .join('');
}

function valueText(value: string | number | readonly string[]): string {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? quoted(value) : `[ ${value.map(quoted).join(', ')} ]`;
}

/** @throws RangeError for what could end the text: the schema lets none of it through */
function quoted(text: string): string {
  if (/["'\\\n]/.test(text)) throw new RangeError(`cannot be written into xl.cfg: ${JSON.stringify(text)}`);
  return `"${text}"`;
}

/** xvda: xvdb. */
function nextDevice(device: string): string {
  return device.slice(0, -1) + String.fromCharCode(device.charCodeAt(device.length - 1) + 1);
}
