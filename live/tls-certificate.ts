// The certificate of a service that speaks TLS: read from its files, and again when a renewed one is there.
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { HostTimers } from '../engine/index.ts';
import { InputError } from '../written/input-error.ts';

/** Of PEM files. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

/** In PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface RenewalParts {
  readonly files: CertificateFiles;
  /** Read before; what a change is told by. */
  readonly present: Certificate;
  /** For new connections; those that are open keep theirs. */
  readonly use: (certificate: Certificate) => void;
  readonly host: HostTimers;
  readonly log: {
    info(facts: object, message: string): void;
    warn(facts: object, message: string): void;
  };
}

const LOOK_EVERY_MS = 60_000;

/** @throws InputError PEX_FILE_UNREADABLE for a file that cannot be read, or a key that is not that of the certificate */
export async function readCertificate({ certificate, key }: CertificateFiles): Promise<Certificate> {
  const read = async (file: string) => {
    try {
      return await readFile(file, 'utf8');
    } catch (cause) {
      throw new InputError('PEX_FILE_UNREADABLE', `cannot be read: ${String(cause)}`, { file }, { cause });
    }
  };
  const pair = { cert: await read(certificate), key: await read(key) };
  try {
    createSecureContext(pair);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(
      'PEX_FILE_UNREADABLE',
      `expected the PEM files of a certificate and of its own key (${key}): ${why}`,
      { file: certificate },
      { cause },
    );
  }
  return pair;
}

/**
 * Looks at the files once a minute. One that is written without the other, or cannot be used, is told once, and the present certificate stays.
 * @returns ends it
 */
export function renewCertificate({ files, host, log, present, use }: RenewalParts): () => void {
  let used = present;
  let complained: string | undefined;
  let timer: unknown;
  let isOver = false;
  const look = async () => {
    try {
      const found = await readCertificate(files);
      if (isOver) return;
      complained = undefined;
      if (found.cert === used.cert && found.key === used.key) return;
      use(found);
      used = found;
      const { validTo } = new X509Certificate(found.cert);
      log.info({ certificate: files.certificate, validTo }, 'the certificate was renewed');
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (isOver || reason === complained) return;
      complained = reason;
      log.warn({ reason }, 'the certificate that is there now cannot be used: the one before stays');
    }
  };
  const again = () => {
    timer = host.setTimer(() => void look().then(() => isOver || again()), LOOK_EVERY_MS);
  };
  again();
  return () => {
    isOver = true;
    host.clearTimer(timer);
  };
}
