// A sweep on machines that share its directory: what a scheduler of them is told. Every task is the same pure command on another part of the runs, so
// whichever ran, or ran twice, or was killed, the results are those of a sweep on one machine.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writing } from '../../reports/files/run-directory.ts';
import type { ClusterFiles, ClusterSweep } from './cluster-sweep.ts';
import type { Cluster } from './clusters.ts';
import { kubernetesFiles } from './kubernetes.ts';
import { slurmFiles } from './slurm.ts';

const FILES: Readonly<Record<Cluster, (sweep: ClusterSweep) => ClusterFiles>> = {
  slurm: slurmFiles,
  kubernetes: kubernetesFiles,
};

/**
 * Leaves the files in a folder of the sweep's directory that is called like the cluster.
 * @returns the script that submits it all
 * @throws InputError PEX_FILE_UNWRITABLE
 */
export function putClusterFiles(cluster: Cluster, sweep: ClusterSweep): string {
  const folder = join(sweep.path, cluster);
  writing(folder, () => {
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of Object.entries(FILES[cluster](sweep))) {
      writeFileSync(join(folder, name), text, { mode: name.endsWith('.sh') ? 0o755 : 0o644 });
    }
  });
  return join(folder, 'submit.sh');
}
