// Haizea's lease workloads: which of the two formats a file has is told by its first character. The XML is the one that Haizea
// documents; the older text has ten numbers a line and is what its traces of the SDSC Blue Horizon come in.
import { type Reading, workloadFormat } from './format.ts';
import { firstLine } from './input-file.ts';
import { readLwfText } from './lwf-text.ts';
import { readLwfXml } from './lwf-xml.ts';
import type { WorkloadRow } from './row.ts';

/** Leases say their kind by their start. */
export const lwf = workloadFormat({
  name: 'lwf',
  extensions: ['lwf', 'xml'],
  read: readLwf,
});

async function* readLwf(reading: Reading): AsyncGenerator<WorkloadRow> {
  const isXml = (await firstLine(reading.file)).startsWith('<');
  yield* isXml ? readLwfXml(reading) : readLwfText(reading);
}
