// Where a gateway of the operator shows the console of a VM: an address with placeholders, a setting of each hypervisor that has real VMs.
// What a pool serves itself asks for a session of the pool, which is handed to nobody.
import { Type } from 'typebox';
import { suggestion } from '../../written/suggestion.ts';

/** What an address can name of a VM. */
export interface ConsoleOf {
  /** In OpenPEX. */
  readonly vmId: string;
  /** Under which the hypervisor knows it. */
  readonly vmUuid: string;
  /** On which it is up. */
  readonly node: string;
}

const PLACEHOLDERS = ['vmId', 'vmUuid', 'node'] as const satisfies readonly (keyof ConsoleOf)[];
const PLACEHOLDER = /\{([^{}]*)\}/g;
/** Up to where a path, a query or a fragment begins. */
const HOST = /^https?:\/\/[^/?#\\{}]+[/?#]/i;

export const ConsoleAddress = Type.Optional(
  Type.String({
    minLength: 1,
    description:
      'Where your own gateway shows the console of a VM, such as https://gateway.example.org/console/{vmUuid}; {vmId}, {vmUuid} and {node} are filled in. Shown to whoever has the VM, and to operators; the gateway has to see who they are. Absent: no console is shown.',
  }),
);

/** @returns what is wrong with an address as it is written */
export function problemOfConsole(written: string): string | undefined {
  const named = Array.from(written.matchAll(PLACEHOLDER), ([, name = '']) => name);
  const unknown = named.find((name) => !isPlaceholder(name));
  if (unknown !== undefined)
    return `expected the placeholders {vmId}, {vmUuid} and {node}, found "{${unknown}}"${suggestion(unknown, PLACEHOLDERS)}`;
  const found = `, found ${JSON.stringify(written)}`;
  if (/[{}]/.test(written.replace(PLACEHOLDER, '')))
    return `expected braces only around the name of a placeholder${found}`;
  const sample = written.replace(PLACEHOLDER, 'x');
  const url = /\s/.test(sample) || !URL.canParse(sample) ? undefined : new URL(sample);
  if (url === undefined || !/^https?:$/.test(url.protocol))
    return `expected an address such as https://gateway.example.org/console/{vmUuid}${found}`;
  if (url.username !== '' || url.password !== '')
    return `expected no user and password in the address: everybody who has a VM is shown it${found}`;
  if (named.length > 0 && !HOST.test(written))
    return `expected placeholders only after https:// and the host${found}`;
  if (named.every((name) => name === 'node'))
    return `expected {vmUuid} or {vmId}, by which the address of one VM differs from that of another${found}`;
  return undefined;
}

/**
 * @param address without problems; undefined: there is no gateway
 * @param vm undefined where it is not known, or not up
 * @returns the address for that VM, or null
 */
export function consoleOf(
  address: string | undefined,
  vm: { readonly [K in keyof ConsoleOf]: ConsoleOf[K] | undefined },
): string | null {
  const { node, vmId, vmUuid } = vm;
  if (address === undefined || node === undefined || vmId === undefined || vmUuid === undefined) return null;
  const values: ConsoleOf = { node, vmId, vmUuid };
  return address.replace(PLACEHOLDER, (whole, name: string) =>
    isPlaceholder(name) ? encodeURIComponent(values[name]) : whole,
  );
}

function isPlaceholder(name: string): name is keyof ConsoleOf {
  return (PLACEHOLDERS as readonly string[]).includes(name);
}
