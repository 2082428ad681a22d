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

/** The ends that lines may have, in one file also mixed: of Unix, of Windows, of old Macs. */
export const LINE_ENDS = ['\r\n', '\n', '\r'] as const;

/** The lines of a UTF-8 file, without their ends and without a byte order mark. */
export async function* readLines(file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of readBytes(file)) {
    rest += decoder.decode(chunk, { stream: true });
    // The other half of a Windows line end may be still to come.
    const isCut = rest.endsWith('\r');
    const lines = (isCut ? rest.slice(0, -1) : rest).split(LINE_END);
    rest = lines.pop()! + (isCut ? '\r' : '');
    yield* lines;
  }
  rest += decoder.decode();
  const lines = rest.split(LINE_END);
  if (lines.at(-1) === '') lines.pop();
  yield* lines;
}

/** The first line that says something; empty when there is none. */
export async function firstLine(file: string): Promise<string> {
  for await (const line of readLines(file)) {
    if (line.trim() !== '') return line.trim();
  }
  return '';
}

const LINE_END = new RegExp(LINE_ENDS.join('|'));

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'no such file';
  if (code === 'EACCES' || code === 'EPERM') return 'cannot be read: permission denied';
  if (code === 'EISDIR') return 'is a directory; expected a file';
  if (code.startsWith('Z_')) return 'is not a whole gzip file, although its name ends in .gz';
  return `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
}
