// A Slurm of the test's own: controller, one node and munge, all on this machine, from the packages slurm-wlm and munge.
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { availableParallelism, hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../pool-double/wire/listener.ts';
import { Program, runProgram, succeeds } from './child-process.ts';

/** False: it cannot be started here, which in CI is a failure. */
export function hasSlurm(): boolean {
  const missing = ['munged', 'slurmctld', 'slurmd'].filter((program) => !succeeds('which', program));
  const why = missing.length > 0 ? `${missing.join(', ')} not installed` : whyNotRoot();
  if (why === undefined) return true;
  if (process.env['CI'] === 'true') throw new Error(`CI tests a sweep on Slurm: ${why}`);
  console.info(`A sweep on Slurm is not tested: ${why}`);
  return false;
}

/** Its node starts jobs as whoever submits them. */
function whyNotRoot(): string | undefined {
  return process.getuid?.() === 0 ? undefined : 'it needs root';
}

export interface PrivateSlurm {
  /** For its commands. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs a line of bash that finds it; throws unless it ends well. */
  bash(line: string): string;
}

/** Runs until the test has finished. */
export async function startPrivateSlurm(): Promise<PrivateSlurm> {
  const folder = mkdtempSync(join(tmpdir(), 'openpex-slurm-'));
  for (const name of ['state', 'spool']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'munge.key'), randomBytes(1024), { mode: 0o600 });
  const host = hostname().split('.')[0]!;
  const file = join(folder, 'slurm.conf');
  writeFileSync(
    file,
    `ClusterName=openpex
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${await freePort(['127.0.0.1'])}
SlurmdPort=${await freePort(['127.0.0.1'])}
AuthType=auth/munge
AuthInfo=socket=${folder}/munge.sock
SlurmUser=root
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
SchedulerParameters=batch_sched_delay=0,sched_interval=1
NodeName=${host} NodeAddr=127.0.0.1 CPUs=${availableParallelism()} State=UNKNOWN
PartitionName=all Nodes=${host} Default=YES MaxTime=INFINITE State=UP
`,
  );
  const env = { SLURM_CONF: file };
  const own = [
    'key-file=munge.key',
    'socket=munge.sock',
    'pid-file=munged.pid',
    'log-file=munged.log',
    'seed-file=munged.seed',
  ];
  const munge = own.map((option) => `--${option.replace('=', `=${folder}/`)}`);
  new Program('munged', ['--foreground', '--force', ...munge]);
  new Program('slurmctld', ['-D'], { env });
  new Program('slurmd', ['-D', '-N', host], { env });
  const bash = (line: string): string => {
    const { code, stderr, stdout } = runProgram('bash', ['-euo', 'pipefail', '-c', line], { env });
    if (code !== 0) throw new Error(`${line}: ${stderr}`);
    return stdout;
  };
  bash('until sinfo --noheader --format=%T 2> /dev/null | grep -q idle; do sleep 0.2; done');
  return { env, bash };
}
