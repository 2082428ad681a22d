// Files as streams, compressed or not. The only place under workload/ that touches the disk; every failure names the file.
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { InputError } from '../../written/input-error.ts';

/**
 * The bytes of a file, decompressed when its name ends in .gz. The file is closed when the reader stops, early or not.
 * @throws InputError (PEX_FILE_UNREADABLE)
 */
export async function* readBytes(file: string): AsyncGenerator<Buffer> {
  try {
    const bytes = (await open(file)).createReadStream();
    yield* file.endsWith('.gz') ? pipeline(bytes, createGunzip(), () => {}) : bytes;
  } catch (error) {
    throw new InputError('PEX_FILE_UNREADABLE', reason(error), { file }, { cause: error });
  }
}

/** The lines of a UTF-8 file, without their ends (LF or CRLF) and without a byte order mark. */
export async function* readLines(file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of readBytes(file)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield withoutReturn(line);
  }
  rest += decoder.decode();
  if (rest !== '') yield withoutReturn(rest);
}

/** The first line that says something; empty when there is none. */
export async function firstLine(file: string): Promise<string> {
  for await (const line of readLines(file)) {
    if (line.trim() !== '') return line.trim();
  }
  return '';
}

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'no such file';
  if (code === 'EACCES' || code === 'EPERM') return 'cannot be read: permission denied';
  if (code === 'EISDIR') return 'is a directory; expected a file';
  if (code.startsWith('Z_')) return 'is not a whole gzip file, although its name ends in .gz';
  return `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
}
