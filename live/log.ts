// The log of the service: JSON lines on standard error, one object each, with reservation ids where there are some. Secrets are
// redacted whatever is logged.
import { type Logger, pino } from 'pino';

/** Wherever they might turn up in what is logged. */
const SECRETS = [
  'password',
  '*.password',
  'authorization',
  '*.authorization',
  'req.headers.authorization',
  'req.headers.cookie',
  'req.headers["openpex-pass"]',
  'res.headers["set-cookie"]',
  'databaseUrl',
  '*.databaseUrl',
  'token',
  '*.token',
];

export function openLog(level: string): Logger {
  return pino({ level, base: null, redact: { paths: SECRETS, censor: '[secret]' } }, pino.destination(2));
}
