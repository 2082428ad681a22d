// Vitest's own runner, which tells the watchdog what each worker is about to do. See watchdog.ts.
import { threadId } from 'node:worker_threads';
import { type RunnerTestCase, type RunnerTestSuite, TestRunner } from 'vitest';
import { type Doing, WATCHED } from './watchdog.ts';

/** Files are compiled when they are loaded, one after the other. */
const LOADING_LIMIT_MS = 120_000;

export default class WatchedRunner extends TestRunner {
  readonly #channel = new BroadcastChannel(WATCHED);

  override importFile(path: string, source: 'setup' | 'collect'): unknown {
    if (source === 'collect') this.#tell(path, 'while it is loaded', LOADING_LIMIT_MS);
    return super.importFile(path, source);
  }

  override onBeforeRunSuite(suite: RunnerTestSuite): Promise<void> {
    this.#tell(suite.file.filepath, `before the tests of "${suite.name}"`, this.config.hookTimeout);
    return super.onBeforeRunSuite(suite);
  }

  override onBeforeRunTask(test: RunnerTestCase): Promise<void> {
    this.#tell(test.file.filepath, `in "${test.name}"`, test.timeout);
    return super.onBeforeRunTask(test);
  }

  override onAfterRunTask(test: RunnerTestCase): void {
    this.#tell(test.file.filepath, `after "${test.name}"`, this.config.hookTimeout);
    super.onAfterRunTask(test);
  }

  override onAfterRunFiles(): void {
    this.#channel.postMessage({ threadId, doing: undefined });
    super.onAfterRunFiles();
  }

  #tell(file: string, where: string, limitMs: number): void {
    const doing: Doing = { file, where, limitMs };
    this.#channel.postMessage({ threadId, doing });
  }
}
