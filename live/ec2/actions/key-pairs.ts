// Key pairs: kept under the names that EC2 has for them. The private half of one that is made here is told once and not kept.
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { Ec2KeyPairRecord } from '../../records.ts';
import { Ec2Error, invalidValue } from '../errors.ts';
import { filtered, named } from '../filters.ts';
import { newId } from '../ids.ts';
import type { Action, Ec2Parts, Ec2Request } from '../request.ts';
import { type Tag, tagsFor } from '../tags.ts';

const MOST = 200;
const LONGEST_NAME = 255;

export const createKeyPair: Action = async (request, parts) => {
  const { parameters } = request;
  const name = readName(parameters.required('KeyName'));
  const type = parameters.choice('KeyType', ['rsa', 'ed25519']) ?? 'rsa';
  parameters.choice('KeyFormat', ['pem']);
  const tags = tagsFor('key-pair', parameters);
  request.beforeChange();
  const { privateKey, publicKey } =
    type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ed25519');
  const pair = await keep(request, parts, { name, type, publicKey: openSshLine(publicKey, type), tags });
  // Of RSA as EC2's clients expect it; ED25519 has PKCS #8 only.
  const keyMaterial = privateKey.export(
    type === 'rsa' ? { type: 'pkcs1', format: 'pem' } : { type: 'pkcs8', format: 'pem' },
  );
  return { ...pairAnswer(pair, tags), keyMaterial: String(keyMaterial) };
};

export const importKeyPair: Action = async (request, parts) => {
  const { parameters } = request;
  const name = readName(parameters.required('KeyName'));
  const { publicKey, type } = readPublicKey(parameters.required('PublicKeyMaterial'));
  const tags = tagsFor('key-pair', parameters);
  request.beforeChange();
  return pairAnswer(await keep(request, parts, { name, type, publicKey, tags }), tags);
};

async function keep(
  { account: { userId } }: Ec2Request,
  { service, store, turns }: Ec2Parts,
  { tags, ...pair }: Pick<Ec2KeyPairRecord, 'name' | 'type' | 'publicKey'> & { tags: readonly Tag[] },
): Promise<Ec2KeyPairRecord> {
  return turns.take(userId, async () => {
    const pairs = await store.keyPairs(userId);
    if (pairs.some(({ name }) => name === pair.name))
      throw new Ec2Error('InvalidKeyPair.Duplicate', `The keypair '${pair.name}' already exists.`);
    if (pairs.length >= MOST)
      throw new Ec2Error('KeyPairLimitExceeded', `There are ${MOST} key pairs already.`);
    const pairId = newId('key');
    const made = {
      ...pair,
      pairId,
      userId,
      fingerprint: fingerprintOf(pair.publicKey),
      createdMs: service.now(),
    };
    await store.addKeyPair(
      made,
      tags.map((tag) => ({ ...tag, userId, resourceId: pairId })),
    );
    return made;
  });
}

export const describeKeyPairs: Action = async ({ account, parameters }, { store }) => {
  const showsKey = parameters.flag('IncludePublicKey') === true;
  const pairs = await store.keyPairs(account.userId);
  const code = 'InvalidKeyPair.NotFound';
  const byName = named(pairs, parameters.list('KeyName'), {
    idOf: ({ name }) => name,
    code,
    what: 'key pair',
  });
  const byId = named(byName, parameters.list('KeyPairId'), {
    idOf: ({ pairId }) => pairId,
    code,
    what: 'key pair',
  });
  const tags = (await store.holdings(account.userId, Number.MAX_SAFE_INTEGER)).tags;
  const tagsOf = ({ pairId }: Ec2KeyPairRecord) => tags.filter(({ resourceId }) => resourceId === pairId);
  const matching = filtered(
    byId,
    parameters,
    {
      'key-name': ({ name }) => name,
      'key-pair-id': ({ pairId }) => pairId,
      fingerprint: ({ fingerprint }) => fingerprint,
    },
    tagsOf,
  );
  return {
    keySet: matching.map((pair) => ({
      ...pairAnswer(pair, tagsOf(pair)),
      keyType: pair.type,
      createTime: new Date(pair.createdMs),
      ...(showsKey && { publicKey: pair.publicKey }),
    })),
  };
};

/** One that is not there is as good as deleted. */
export const deleteKeyPair: Action = async (request, { store, turns }) => {
  const { account, parameters } = request;
  const name = parameters.text('KeyName');
  const pairId = parameters.text('KeyPairId');
  if (name === undefined && pairId === undefined) parameters.required('KeyName');
  request.beforeChange();
  await turns.take(account.userId, async () => {
    const pairs = await store.keyPairs(account.userId);
    const pair = pairs.find((each) => each.name === name || each.pairId === pairId);
    if (pair !== undefined) await store.deleteKeyPair(pair);
  });
  return { return: true };
};

/** @throws Ec2Error InvalidKeyPair.NotFound */
export async function checkKeyName(
  name: string | undefined,
  { account }: Ec2Request,
  { store }: Pick<Ec2Parts, 'store'>,
): Promise<void> {
  if (name === undefined) return;
  const pairs = await store.keyPairs(account.userId);
  if (!pairs.some((pair) => pair.name === name))
    throw new Ec2Error('InvalidKeyPair.NotFound', `The key pair '${name}' does not exist`);
}

function pairAnswer({ fingerprint, name, pairId }: Ec2KeyPairRecord, tags: readonly Tag[]) {
  return {
    keyName: name,
    keyFingerprint: fingerprint,
    keyPairId: pairId,
    tagSet: tags.map(({ key, value }) => ({ key, value })),
  };
}

function readName(name: string): string {
  if (name.length <= LONGEST_NAME && name.trim() === name) return name;
  throw invalidValue('KeyName', name, `at most ${LONGEST_NAME} characters, without spaces around them`);
}

const TYPES = { 'ssh-rsa': 'rsa', 'ssh-ed25519': 'ed25519' } as const;
const LONGEST_KEY = 16_384;

/** Base64 of a line as OpenSSH writes it. @throws Ec2Error InvalidKey.Format */
function readPublicKey(material: string): Pick<Ec2KeyPairRecord, 'publicKey' | 'type'> {
  const line = Buffer.from(material, 'base64').toString('utf8').trim();
  const [, word = '', blob = ''] = /^(ssh-[a-z0-9]+) ([A-Za-z0-9+/]+=*)(?: [^\r\n]*)?$/.exec(line) ?? [];
  const type = TYPES[word as keyof typeof TYPES];
  // What is coded begins with its own name.
  const bytes = Buffer.from(blob, 'base64');
  const said = bytes.length < 4 ? '' : bytes.subarray(4, 4 + bytes.readUInt32BE(0)).toString('latin1');
  if (type !== undefined && said === word && material.length <= LONGEST_KEY) return { publicKey: line, type };
  throw new Ec2Error(
    'InvalidKey.Format',
    'Key is not in valid OpenSSH public key format: expected base64 of a line that begins with ssh-rsa or ssh-ed25519.',
  );
}

function fingerprintOf(publicKey: string): string {
  const blob = Buffer.from(publicKey.split(' ')[1] ?? '', 'base64');
  const digest = createHash('md5').update(blob).digest('hex');
  return digest.match(/../g)!.join(':');
}

/** RFC 4253, section 6.6, and RFC 8709. */
function openSshLine(key: KeyObject, type: Ec2KeyPairRecord['type']): string {
  const {
    e = '',
    n = '',
    x = '',
  } = createPublicKey(key.export({ type: 'spki', format: 'pem' })).export({ format: 'jwk' });
  const bytes = (text: string) => Buffer.from(text, 'base64url');
  const name = type === 'rsa' ? 'ssh-rsa' : 'ssh-ed25519';
  const parts = type === 'rsa' ? [mpint(bytes(e)), mpint(bytes(n))] : [bytes(x)];
  const blob = Buffer.concat([Buffer.from(name), ...parts].flatMap((part) => [lengthOf(part), part]));
  return `${name} ${blob.toString('base64')}`;
}

function lengthOf(part: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(part.length);
  return length;
}

/** Never taken for a negative number. */
function mpint(bytes: Buffer): Buffer {
  return (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
}
