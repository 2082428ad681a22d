// An OpenID provider of a few lines: whoever comes is logged in as the test says.
import { createHash, createSign, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';

export interface ProviderUser {
  readonly sub: string;
  readonly [claim: string]: unknown;
}

export async function startOpenIdProvider(user: () => ProviderUser) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'RS256', use: 'sig' };
  const codes = new Map<string, { nonce: string; challenge: string }>();
  let count = 0;
  let issuer = '';
  /** Signs with a key that nobody has announced. */
  let isForged = false;
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const idToken = (nonce: string) => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: issuer, aud: 'pex', iat: now, exp: now + 60, nonce, ...user() };
    const signed = `${encode({ alg: 'RS256', kid: 'k' })}.${encode(claims)}`;
    const key = isForged ? other.privateKey : privateKey;
    return `${signed}.${createSign('sha256').update(signed).sign(key, 'base64url')}`;
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url!, issuer);
    const send = (status: number, value: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    if (url.pathname === '/.well-known/openid-configuration')
      return send(200, {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
      });
    if (url.pathname === '/jwks') return send(200, { keys: [jwk] });
    if (url.pathname === '/authorize') {
      count += 1;
      const code = `code-${count}`;
      codes.set(code, {
        nonce: url.searchParams.get('nonce')!,
        challenge: url.searchParams.get('code_challenge')!,
      });
      const back = new URL(url.searchParams.get('redirect_uri')!);
      back.searchParams.set('code', code);
      back.searchParams.set('state', url.searchParams.get('state')!);
      return response.writeHead(302, { location: back.href }).end();
    }
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const asked = new URLSearchParams(body);
      const code = codes.get(asked.get('code') ?? '');
      codes.delete(asked.get('code') ?? '');
      const challenge = createHash('sha256')
        .update(asked.get('code_verifier') ?? '')
        .digest('base64url');
      if (code === undefined || code.challenge !== challenge) return send(400, { error: 'invalid_grant' });
      send(200, { access_token: 'a', token_type: 'Bearer', id_token: idToken(code.nonce) });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  return {
    issuer,
    forge: () => {
      isForged = true;
    },
    stop: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
