// The templates of a pool that users may choose from.
import { suggestion } from '../../../written/suggestion.ts';
import type { TemplateRecord } from '../../records.ts';
import type { VmRecord } from './records.ts';
import { isOfOpenPex } from './vm-identity.ts';
import type { XenSettings } from './xen-settings.ts';

export interface PoolTemplate extends TemplateRecord {
  readonly uuid: string;
}

/** In order of their names. Of several with the same name one is taken: of the administrator's own the first by uuid. */
export function findTemplates(
  vms: Iterable<VmRecord>,
  { by, text }: XenSettings['templates'],
): readonly PoolTemplate[] {
  const found = [...vms]
    .filter((vm) => vm.isTemplate && !vm.isSnapshot && !isOfOpenPex(vm))
    .filter(({ name, tags }) => (by === 'prefix' ? name.startsWith(text) : tags.includes(text)))
    .sort((a, b) => compare(a.name, b.name) || byOrigin(a, b) || compare(a.uuid, b.uuid));
  return found
    .filter(({ name }, index) => found[index - 1]?.name !== name)
    .map(({ description, name, uuid }) => ({ name, description, uuid }));
}

/** What to do when there is none. */
export function adviceOnTemplates(vms: Iterable<VmRecord>, { by, text }: XenSettings['templates']): string {
  // A server comes with dozens of its own.
  const names = [...vms]
    .filter(({ isSnapshot, isTemplate }) => isTemplate && !isSnapshot)
    .sort(byOrigin)
    .map(({ name }) => name);
  const meant = by === 'prefix' ? suggestion(text, names.slice(0, 10)) : '';
  return by === 'prefix'
    ? `no template of the pool has a name that begins with "${text}"${meant}`
    : `no template of the pool has the tag "${text}"`;
}

/** The administrator's own before those that come with the server. */
function byOrigin(a: VmRecord, b: VmRecord): number {
  return Number(a.isDefaultTemplate) - Number(b.isDefaultTemplate);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
