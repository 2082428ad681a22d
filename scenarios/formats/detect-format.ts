// Which format a file has, told by its name and, where formats share one, by its first line.
import { InputError } from '../../written/input-error.ts';
import { WORKLOAD_FORMATS } from './catalogue.ts';
import type { WorkloadFormat } from './format.ts';
import { firstLine } from './input-file.ts';

/** @throws InputError when neither name nor first line tells, or the file cannot be read */
export async function detectFormat(file: string): Promise<WorkloadFormat> {
  const extension = /\.([^./\\]+)(\.gz)?$/.exec(file)?.[1]?.toLowerCase() ?? '';
  const possible = WORKLOAD_FORMATS.filter(({ extensions }) => extensions.includes(extension));
  const found = possible.length > 1 ? recognised(possible, await firstLine(file)) : possible[0];
  if (found !== undefined) return found;
  const names = WORKLOAD_FORMATS.map(({ name }) => name).join(', ');
  throw new InputError('PEX_USAGE', `its format cannot be told from its name; say which: ${names}`, { file });
}

function recognised(possible: readonly WorkloadFormat[], line: string): WorkloadFormat | undefined {
  return (
    possible.find((format) => format.recognises?.(line)) ??
    possible.find(({ recognises }) => recognises === undefined)
  );
}
