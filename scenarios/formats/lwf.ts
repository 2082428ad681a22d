// Haizea's lease workloads: which of the two formats a file has is told by its first character. The XML is the one that Haizea
// documents; the older text has ten numbers a line and is what its traces of the SDSC Blue Horizon come in.

import type { BadRowHandling } from './good-rows.ts';
import { firstLine } from './input-file.ts';
import { readLwfText } from './lwf-text.ts';
import { readLwfXml } from './lwf-xml.ts';
import type { WorkloadRow } from './row.ts';

/** The leases of a Haizea workload in the order of the file. Each says its kind by its start. */
export async function* readLwf(handling: BadRowHandling): AsyncGenerator<WorkloadRow> {
  const isXml = (await firstLine(handling.file)).startsWith('<');
  yield* isXml ? readLwfXml(handling) : readLwfText(handling);
}
