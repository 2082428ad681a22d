// What schedulers are told of a sweep: scripts that bash reads, manifests as the API of Kubernetes has them.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { putClusterFiles } from '../../../experiments/cluster/cluster-files.ts';
import { CLUSTERS, type Cluster } from '../../../experiments/cluster/clusters.ts';
import { runProgram } from '../../support/child-process.ts';
import { temporaryFolder } from '../../support/command-line.ts';

function put(cluster: Cluster, name = 'Study of 7 Policies!'): string {
  const path = join(temporaryFolder(), "it's $HOME");
  const program = ['node', "/opt/it's/main.js"];
  const script = putClusterFiles(cluster, { name, path, tasks: 12, program, image: 'registry/openpex:1' });
  expect(script).toBe(join(path, cluster, 'submit.sh'));
  return join(path, cluster);
}

test.each(CLUSTERS)('of %s every script is valid bash, whatever is in a path, and can be run', (cluster) => {
  const folder = put(cluster);
  const scripts = readdirSync(folder).filter((name) => name.endsWith('.sh'));
  expect(scripts).toContain('submit.sh');
  for (const name of scripts) {
    expect(runProgram('bash', ['-n', join(folder, name)]), name).toMatchObject({ code: 0, stderr: '' });
    expect(statSync(join(folder, name)).mode & 0o111, name).not.toBe(0);
  }
});

test('the jobs of Kubernetes have what batch/v1 requires, and nothing that it does not know', () => {
  const folder = put('kubernetes');
  const [run, collect] = ['run.yaml', 'collect.yaml'].map((name) =>
    parse(readFileSync(join(folder, name), 'utf8')),
  );
  for (const job of [run, collect]) {
    expect(job).toMatchObject({ apiVersion: 'batch/v1', kind: 'Job' });
    // RFC 1123, and short enough for the label that the names of pods become.
    expect(job.metadata.name).toMatch(/^[a-z0-9]([-a-z0-9]{0,50}[a-z0-9])$/);
    expect(Object.keys(job).sort()).toEqual(['apiVersion', 'kind', 'metadata', 'spec']);
    const pod = job.spec.template.spec;
    expect(Object.keys(pod).sort()).toEqual(['containers', 'restartPolicy', 'volumes']);
    // The only two that a Job takes are OnFailure and Never.
    expect(pod.restartPolicy).toBe('Never');
    const [container] = pod.containers;
    expect(container).toMatchObject({ name: 'openpex', image: 'registry/openpex:1' });
    expect(container.command.every((word: unknown) => typeof word === 'string')).toBe(true);
    const [{ mountPath, name }] = container.volumeMounts;
    expect(mountPath).toBe('/sweep');
    expect(pod.volumes).toEqual([{ name, persistentVolumeClaim: { claimName: 'openpex-sweep' } }]);
  }
  expect(run.metadata.name).not.toBe(collect.metadata.name);
  const { template: _, ...spec } = run.spec;
  expect(spec).toEqual({ completionMode: 'Indexed', completions: 12, parallelism: 12, backoffLimit: 6 });
});

test.each(['', 'ÄÖÜ', '-', 'a'.repeat(200), 'x--y'])(
  'jobs of a sweep that is called "%s" have a name',
  (name) => {
    const job = parse(readFileSync(join(put('kubernetes', name), 'run.yaml'), 'utf8'));
    expect(job.metadata.name).toMatch(/^openpex[-a-z0-9]{0,40}[a-z0-9]$/);
  },
);
