// A certificate that is renewed while the service runs, as certbot and its like do: file by file, every few weeks.
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { readCertificate, renewCertificate } from '../../live/tls-certificate.ts';
import { canMakeCertificates, certificate } from '../support/certificate.ts';
import { temporaryFolder } from '../support/command-line.ts';
import { StoppedTime } from '../support/daemon.ts';

const MINUTE_MS = 60_000;

test.runIf(canMakeCertificates())(
  'a renewed certificate is shown to whoever connects, once both of its files are there',
  async () => {
    const folder = temporaryFolder();
    const files = { certificate: join(folder, 'fullchain.pem'), key: join(folder, 'privkey.pem') };
    const [first, second] = [certificate('first'), certificate('second')];
    writeFileSync(files.certificate, first.cert);
    writeFileSync(files.key, first.key);
    const present = await readCertificate(files);
    const server = createServer(present);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const host = new StoppedTime(0);
    const log: string[] = [];
    const end = renewCertificate({
      files,
      present,
      use: (renewed) => server.setSecureContext(renewed),
      host,
      log: {
        info: (_facts, message) => log.push(message),
        warn: ({ reason }: { reason?: string }, message) => log.push(`${message}: ${reason}`),
      },
    });
    onTestFinished(end);
    const { port } = server.address() as AddressInfo;
    const minutes = async (number: number) => {
      for (let minute = 0; minute < number; minute += 1) {
        await host.moveTo(host.now() + MINUTE_MS, async () => undefined);
        await haveRead();
      }
    };
    // Reading takes turns of the event loop that nothing tells the end of, but what is read first is what was asked first.
    const haveRead = async () => void (await readCertificate(files).catch(() => undefined));

    await minutes(2);
    expect(log).toEqual([]);
    expect(await shownAt(port)).toBe('first');

    writeFileSync(files.certificate, second.cert);
    await minutes(3);
    expect(log).toEqual([
      expect.stringMatching(/^the certificate that is there now cannot be used.*of its own key/),
    ]);
    expect(await shownAt(port)).toBe('first');

    writeFileSync(files.key, second.key);
    await minutes(2);
    expect(log.slice(1)).toEqual(['the certificate was renewed']);
    expect(await shownAt(port)).toBe('second');
  },
);

/** The name on the certificate. */
function shownAt(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.once('error', reject);
  });
}
