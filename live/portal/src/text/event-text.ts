// What an event of the journal says beside its type, on one line. Pure; unknown types show their plain fields.
import type { WireEvent } from '../../../wire/event.ts';
import { formatMoney } from './money.ts';

/** Shown elsewhere in the row, or too long for a line. */
const ELSEWHERE: ReadonlySet<string> = new Set(['type', 'seq', 'atMs', 'provider', 'reservationId']);

export function eventText(event: WireEvent): string {
  return Object.entries(event)
    .filter(([name]) => !ELSEWHERE.has(name))
    .map(([name, value]) => fieldText(name, value))
    .filter((text) => text !== '')
    .join(', ');
}

function fieldText(name: string, value: unknown): string {
  if (value === null || value === false) return '';
  if (value === true) return words(name);
  if (typeof value === 'number' && name.endsWith('Micros'))
    return value === 0 ? '' : `${words(name.slice(0, -'Micros'.length))} ${formatMoney(value)}`;
  if (typeof value === 'number' && name === 'loadPermille') return value === 0 ? '' : `load ${value / 10} %`;
  if (typeof value === 'number' && name.endsWith('Ms')) return '';
  if (typeof value === 'string' || typeof value === 'number') {
    return `${words(name.replace(/Id$/, ''))} ${name === 'vmId' ? String(value).slice(0, 8) : value}`;
  }
  if (name === 'pieces' && Array.isArray(value)) return piecesText(value);
  return '';
}

function piecesText(pieces: readonly unknown[]): string {
  const nodes = pieces.map((piece) => {
    if (typeof piece !== 'object' || piece === null) return '';
    return `${Reflect.get(piece, 'nodeId')} × ${Reflect.get(piece, 'instances')}`;
  });
  return nodes.length === 0 ? '' : `on ${nodes.join(' and ')}`;
}

/** "toNodeId" is "to node". */
function words(name: string): string {
  return name
    .replace(/Id$/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
}
