// What the audit log calls "POST /OpenPEX/accounts/:userid/deposits", in words. Pure; the words are those of the operations of the API.
import { OPERATIONS } from '../../../client/operations.ts';

const WORDS: ReadonlyMap<string, string> = new Map(
  Object.entries(OPERATIONS).map(([name, [method, path]]) => [
    `${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    wordsOf(name),
  ]),
);

/** What changes something, to choose from: as the log has it, and in words, by which they are sorted. */
export const DEEDS: ReadonlyArray<readonly [action: string, text: string]> = [...WORDS]
  .filter(([action]) => !action.startsWith('GET '))
  .sort(([, a], [, b]) => (a < b ? -1 : 1));

export function deedText(action: string): string {
  return WORDS.get(action) ?? action;
}

/** "setSshKeys" is "Set ssh keys". */
function wordsOf(name: string): string {
  const words = name.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
