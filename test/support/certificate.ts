// Certificates of their own making for tests that speak TLS. They take openssl, which not every machine has.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from './child-process.ts';
import { temporaryFolder } from './command-line.ts';

/** False: there is no openssl, which in CI is a failure. */
export function canMakeCertificates(): boolean {
  try {
    return runProgram('openssl', ['version']).code === 0;
  } catch (error) {
    if (process.env['CI'] === 'true') throw error;
    console.info('not tried: openssl is missing');
    return false;
  }
}

/** Self-signed, for two days. */
export function certificate(name: string): { readonly cert: string; readonly key: string } {
  const folder = temporaryFolder();
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', `/CN=${name}`, '-days', '2', '-nodes', '-newkey', 'rsa:2048'];
  runProgram('openssl', ['req', '-x509', '-keyout', key, '-out', cert, ...subject]);
  return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
}
