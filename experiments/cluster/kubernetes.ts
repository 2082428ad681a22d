// An indexed Job of Kubernetes (batch/v1), the Job that collects the results, and the script that submits both.
import { stringify } from 'yaml';
import type { ClusterFiles, ClusterSweep } from './cluster-sweep.ts';
import { jobName } from './job-name.ts';

/** Where the volume of the sweep is in a container. */
const MOUNT = '/sweep';
/** How often a part is tried again in all: its node may be lost. A run that fails by itself fails each time. */
const BACKOFF = 6;

export function kubernetesFiles({ image, name, tasks }: ClusterSweep): ClusterFiles {
  const job = jobName(name);
  const run = jobOf(`${job}-run`, image, {
    command: ['/bin/sh', '-c', `exec openpex sweep ${MOUNT} --part "$JOB_COMPLETION_INDEX/${tasks}" --quiet`],
    spec: { completionMode: 'Indexed', completions: tasks, parallelism: tasks, backoffLimit: BACKOFF },
  });
  const collect = jobOf(`${job}-collect`, image, {
    command: ['/bin/sh', '-c', `exec openpex sweep ${MOUNT} --collect`],
    spec: { backoffLimit: 0 },
  });
  return {
    'run.yaml': HEAD + stringify(run, { lineWidth: 0 }),
    'collect.yaml': HEAD + stringify(collect, { lineWidth: 0 }),
    'submit.sh': `#!/bin/bash
# Runs the parts, then collects their results. Options are handed on to kubectl: --namespace, --context.
set -euo pipefail
here=$(cd -- "$(dirname -- "\${BASH_SOURCE[0]}")" && pwd)
# A Job that is there already cannot be changed: what it left undone is done by a new one.
kubectl delete job ${job}-run ${job}-collect --ignore-not-found "$@"
kubectl apply -f "$here/run.yaml" "$@"
kubectl wait --for=condition=complete --timeout=-1s job/${job}-run "$@" &
complete=$!
kubectl wait --for=condition=failed --timeout=-1s job/${job}-run "$@" &
failed=$!
wait -n "$complete" "$failed" || true
kill "$complete" "$failed" 2> /dev/null || true
kubectl apply -f "$here/collect.yaml" "$@"
kubectl wait --for=condition=complete --timeout=10m job/${job}-collect "$@"
`,
  };
}

const HEAD = `# The claim openpex-sweep is a volume that all nodes can write to (ReadWriteMany), with the directory of the sweep at its top.
`;

interface Task {
  readonly command: readonly string[];
  /** Beside the template. */
  readonly spec: object;
}

function jobOf(name: string, image: string, { command, spec }: Task): object {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, labels: { 'app.kubernetes.io/name': 'openpex' } },
    spec: {
      ...spec,
      template: {
        metadata: { labels: { 'app.kubernetes.io/name': 'openpex' } },
        spec: {
          restartPolicy: 'Never',
          containers: [
            {
              name: 'openpex',
              image,
              command,
              resources: { requests: { cpu: '1', memory: '512Mi' } },
              volumeMounts: [{ name: 'sweep', mountPath: MOUNT }],
            },
          ],
          volumes: [{ name: 'sweep', persistentVolumeClaim: { claimName: 'openpex-sweep' } }],
        },
      },
    },
  };
}
