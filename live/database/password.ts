// Passwords as they are stored: scrypt with a salt of its own, its parameters beside it, so that they can be raised later and old
// hashes still be checked. https://www.rfc-editor.org/rfc/rfc7914
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

export interface PasswordCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** 32 MiB and some 0.1 s of one core. */
export const PASSWORD_COST: PasswordCost = { N: 2 ** 15, r: 8, p: 1 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** Hashing shares Node's few worker threads with SQLite: a wave of log-ins must not keep a commit waiting. */
const AT_ONCE = 2;
let running = 0;
const waiting: (() => void)[] = [];

/** Nobody guesses it, and it can be typed. */
export function randomPassword(): string {
  return randomBytes(12).toString('base64url');
}

/** `scrypt$N$r$p$salt$hash`, salt and hash in base64url. */
export async function hashPassword(password: string, cost: PasswordCost = PASSWORD_COST): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, cost, HASH_BYTES);
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

export async function isPassword(password: string, stored: string): Promise<boolean> {
  const { cost, salt, hash } = parse(stored);
  return timingSafeEqual(await derive(password, salt, cost, hash.length), hash);
}

/** Made with other parameters than new ones are. */
export function isOutdated(stored: string, current: PasswordCost): boolean {
  const { cost, salt, hash } = parse(stored);
  const isCurrent = cost.N === current.N && cost.r === current.r && cost.p === current.p;
  return !isCurrent || salt.length !== SALT_BYTES || hash.length !== HASH_BYTES;
}

function parse(stored: string): {
  readonly cost: PasswordCost;
  readonly salt: Buffer;
  readonly hash: Buffer;
} {
  const [method, N, r, p, salt, hash] = stored.split('$');
  if (method !== 'scrypt' || salt === undefined || hash === undefined) {
    throw new TypeError('a stored password is not in a known form');
  }
  return {
    cost: { N: Number(N), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64url'),
    hash: Buffer.from(hash, 'base64url'),
  };
}

async function derive(password: string, salt: Buffer, cost: PasswordCost, bytes: number): Promise<Buffer> {
  if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  else running += 1;
  try {
    return await new Promise((resolve, reject) => {
      const options = { ...cost, maxmem: 256 * cost.N * cost.r };
      // NFKC: the same password typed on another keyboard may come as other code points.
      scrypt(password.normalize('NFKC'), salt, bytes, options, (error, key) => {
        if (error === null) resolve(key);
        else reject(error);
      });
    });
  } finally {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }
}
