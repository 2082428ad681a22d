// Programs as wholes: a command in a process of its own, with what it took of processor and memory from its start to its end.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Usage {
  /** User and system, all threads together. */
  readonly cpuMs: number;
  readonly peakMib: number;
}

/** To be imported by a process that is measured, with {@link usageTo} in its environment. */
export const HOOK = new URL('./tell-usage.js', import.meta.url).href;
export const OURS = fileURLToPath(new URL('../cli/main.js', import.meta.url));

/** For files of one benchmark; removed when the process ends. */
export const FOLDER = mkdtempSync(join(tmpdir(), 'openpex-bench-'));
process.on('exit', () => rmSync(FOLDER, { recursive: true, force: true }));

/** @throws Error with what it wrote to stderr, when it fails */
export async function usageOf(args: readonly string[]): Promise<Usage> {
  const child = spawn(process.execPath, ['--import', HOOK, ...args], {
    cwd: FOLDER,
    env: { ...process.env, ...usageTo(FOLDER) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code}: ${said}`);
  return usageIn(FOLDER);
}

/** Has a process tell what it has used in that folder, when it ends. */
export function usageTo(folder: string): Record<string, string> {
  return { OPENPEX_BENCH_USAGE: join(folder, 'usage.json') };
}

export function usageIn(folder: string): Usage {
  return JSON.parse(readFileSync(join(folder, 'usage.json'), 'utf8')) as Usage;
}
