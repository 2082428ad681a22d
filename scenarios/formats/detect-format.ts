// Which format a file has, told by its name and, for .csv, by its header row.
import { InputError } from '../../written/input-error.ts';
import { firstLine } from './input-file.ts';
import { isOpenbHeader } from './openb.ts';
import { WORKLOAD_FORMATS, type WorkloadFormat } from './source.ts';

/** @throws InputError when the name tells nothing, or the file cannot be read */
export async function detectFormat(file: string): Promise<WorkloadFormat> {
  const extension = /\.([^./\\]+)(\.gz)?$/.exec(file)?.[1]?.toLowerCase();
  switch (extension) {
    case 'swf':
      return 'swf';
    case 'lwf':
    case 'xml':
      return 'lwf';
    case 'csv':
      return isOpenbHeader(await firstLine(file)) ? 'openb' : 'csv';
    default: {
      const problem = `its format cannot be told from its name; say which: ${WORKLOAD_FORMATS.join(', ')}`;
      throw new InputError('PEX_USAGE', problem, { file });
    }
  }
}
