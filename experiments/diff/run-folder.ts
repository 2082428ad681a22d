// What the directory of a run holds, as far as two of them are compared.
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { CsvError, parse } from 'csv-parse';
import type { DomainEvent } from '../../engine/index.ts';
import { EVENT_LOG, readEventLog } from '../../reports/files/event-log.ts';
import { readRunSummary } from '../../reports/files/run-summary.ts';
import { listSettings } from '../../reports/settings-list.ts';
import type { Summary } from '../../reports/summary.ts';
import { WrittenDocument } from '../../written/document.ts';
import { InputError } from '../../written/input-error.ts';

type Row = Readonly<Record<string, string>>;

/** The apostrophe that keeps spreadsheets from taking a text for a formula is not of the text. */
const asIs = (text: string) => text.replace(/^'(?=[=+\-@\t\r])/, '');

export class RunFolder {
  readonly path: string;
  readonly summary: Summary;

  private constructor(path: string, summary: Summary) {
    this.path = path;
    this.summary = summary;
  }

  /** @throws InputError PEX_FILE_UNREADABLE when it is not the directory of a run */
  static read(path: string): RunFolder {
    return new RunFolder(path, readRunSummary(path));
  }

  /** Whether every event was kept (`openpex run --record`). */
  get isRecorded(): boolean {
    return existsSync(join(this.path, EVENT_LOG));
  }

  /** @throws InputError PEX_FILE_UNREADABLE when the log is damaged, or of another run */
  events(): AsyncGenerator<DomainEvent> {
    return readEventLog(join(this.path, EVENT_LOG), this.summary.digest);
  }

  /** @throws InputError PEX_FILE_UNREADABLE */
  async settings(): Promise<ReadonlyMap<string, string>> {
    const { value } = await WrittenDocument.read(join(this.path, 'scenario.resolved.yaml'));
    return new Map(listSettings(value).map((setting) => [setting.path, setting.value]));
  }

  /** The rows of a table, by the names of its columns. @throws InputError PEX_FILE_UNREADABLE */
  async *rows(table: string): AsyncGenerator<Row> {
    const file = join(this.path, table);
    const source = createReadStream(file);
    const parser = source.pipe(parse({ columns: true, cast: asIs }));
    source.on('error', (error) => parser.destroy(error));
    try {
      for await (const row of parser) yield row as Row;
    } catch (cause) {
      const isKnown = cause instanceof CsvError || (cause instanceof Error && 'syscall' in cause);
      if (!isKnown) throw cause;
      throw new InputError('PEX_FILE_UNREADABLE', `cannot be read: ${cause.message}`, { file }, { cause });
    } finally {
      source.destroy();
    }
  }
}
