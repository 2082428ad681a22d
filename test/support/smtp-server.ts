// An SMTP server of a few lines (RFC 5321), which keeps what it is sent.
import { createServer, type Socket } from 'node:net';
import { arrivals } from './arrivals.ts';

export interface ReceivedMail {
  readonly from: string;
  readonly to: string;
  /** Headers and text, as they came. */
  readonly data: string;
}

/** @param replyTo what a command is answered, instead of the usual */
export async function startSmtpServer(replyTo: (command: string) => string | undefined = () => undefined) {
  const mails = arrivals<ReceivedMail>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setEncoding('utf8');
    socket.write('220 mail.example.org\r\n');
    let from = '';
    let to = '';
    let rest = '';
    let isData = false;
    const say = (line: string) => socket.write(`${line}\r\n`);
    const hear = (line: string) => {
      const other = replyTo(line);
      if (other !== undefined) return say(other);
      if (/^(EHLO|HELO)/i.test(line)) return say('250 mail.example.org');
      if (/^MAIL FROM/i.test(line)) from = /<(.*)>/.exec(line)![1]!;
      if (/^RCPT TO/i.test(line)) to = /<(.*)>/.exec(line)![1]!;
      if (/^QUIT/i.test(line)) return socket.end('221 bye\r\n');
      if (!/^DATA/i.test(line)) return say('250 OK');
      isData = true;
      return say('354 go on');
    };
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk: string) => {
      rest += chunk;
      for (;;) {
        const end = rest.indexOf(isData ? '\r\n.\r\n' : '\r\n');
        if (end === -1) return;
        const found = rest.slice(0, end);
        rest = rest.slice(end + (isData ? 5 : 2));
        if (!isData) {
          hear(found);
          continue;
        }
        isData = false;
        mails.add({ from, to, data: found });
        say('250 it is kept');
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
