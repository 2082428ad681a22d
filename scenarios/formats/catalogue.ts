// Every workload format. A new one is one file and one line here.
import { csv } from './csv.ts';
import type { WorkloadFormat } from './format.ts';
import { lwf } from './lwf.ts';
import { manifest } from './manifest.ts';
import { columns } from './mapping.ts';
import { openb } from './openb.ts';
import { opennebula } from './opennebula.ts';
import { swf } from './swf.ts';
import { workflow } from './workflow.ts';

export const WORKLOAD_FORMATS: readonly WorkloadFormat[] = [
  csv,
  columns,
  swf,
  lwf,
  openb,
  opennebula,
  workflow,
  manifest,
];
