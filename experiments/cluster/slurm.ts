// A job array of Slurm, the job that collects the results, and the script that submits both.
import type { ClusterFiles, ClusterSweep } from './cluster-sweep.ts';
import { jobName } from './job-name.ts';
import { bashWord } from './words.ts';

export function slurmFiles(sweep: ClusterSweep): ClusterFiles {
  const { name, path, tasks } = sweep;
  const job = jobName(name);
  return {
    'run.sh': `#!/bin/bash
#SBATCH --job-name=${job}
#SBATCH --array=0-${tasks - 1}
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=1
#SBATCH --output=run-%A_%a.log
# A part of the runs that are not done yet. Submitting it again goes on with what is left.
set -euo pipefail
${program(sweep)}
openpex sweep ${bashWord(path)} --part "$SLURM_ARRAY_TASK_ID/${tasks}" --quiet
`,
    'collect.sh': `#!/bin/bash
#SBATCH --job-name=${job}-collect
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=1
#SBATCH --output=collect-%j.log
# The table of all results, once every run is done.
set -euo pipefail
${program(sweep)}
openpex sweep ${bashWord(path)} --collect
`,
    'submit.sh': `#!/bin/bash
# Submits the array, and what collects its results when it is over. Options are handed on to sbatch for both: --partition, --account, --time.
set -euo pipefail
here=$(cd -- "$(dirname -- "\${BASH_SOURCE[0]}")" && pwd)
array=$(sbatch --parsable --chdir="$here" "$@" "$here/run.sh")
# A federation answers with its name, too.
array=\${array%%;*}
collect=$(sbatch --parsable --chdir="$here" --dependency="afterany:$array" "$@" "$here/collect.sh")
echo "array $array, collected by $collect; logs and results are in $here and beside it"
`,
  };
}

/** OPENPEX, if it is set, is another command for it: words without spaces of their own. */
function program({ program: words }: ClusterSweep): string {
  const usual = words.map(bashWord).join(' ');
  return `openpex() { if [ -n "\${OPENPEX:-}" ]; then $OPENPEX "$@"; else ${usual} "$@"; fi; }`;
}
