// The EC2 interface over HTTP: query requests by GET and POST at the addresses that its clients use, signed, answered in XML, whatever
// happens. What an action does is in actions/.
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { AccessKeyStore } from '../database/access-key-store.ts';
import type { ServiceError } from '../problems.ts';
import type { AccountRecord } from '../records.ts';
import { ACTIONS } from './actions/catalogue.ts';
import { asEc2Error, Ec2Error } from './errors.ts';
import { decodedPairs, Parameters } from './parameters.ts';
import type { Answer, Ec2Parts, Ec2Request } from './request.ts';
import { checkTime, claimOf, formOf, queryOf, type SignedRequest } from './signature.ts';
import { element, XMLNS } from './xml.ts';

export interface Ec2ApiParts extends Ec2Parts {
  readonly keys: Pick<AccessKeyStore, 'find' | 'used'>;
  /** Real time, by which signatures are checked. */
  readonly realNow: () => number;
  /** What the REST API makes of an error that is none of ours. */
  readonly toServiceError: (error: unknown) => ServiceError;
}

/** Clients that only take a host and a port ask at the root; those of Eucalyptus and OpenStack have addresses of their own. */
const ADDRESSES = ['/ec2', '/services/compute', '/services/Eucalyptus'];

/** Exactly: some clients take an answer with another for an empty one. */
const NAMESPACE = 'http://ec2.amazonaws.com/doc/2016-11-15/';

/** Of a client that does not say how it calls the region. */
const REGION = 'openpex';

export function ec2Api(parts: Ec2ApiParts): FastifyPluginAsync {
  const plugin: FastifyPluginAsync = async (app) => {
    // The root is the portal's, but for requests with an action.
    app.addHook('onRequest', async (request, reply) => {
      const [path, query = ''] = request.raw.url?.split('?', 2) ?? [];
      if (request.method !== 'GET' || path !== '/' || !/(^|&)Action=/.test(query)) return;
      await answer(request, reply, parts);
      return reply;
    });
    await app.register(async (inner) => {
      readAnyBody(inner);
      inner.setErrorHandler((error: unknown, request, reply) => refuse(error, request, reply, parts));
      const options = { config: { access: 'anyone' as const }, schema: { hide: true } };
      const handler = (request: FastifyRequest, reply: FastifyReply) => answer(request, reply, parts);
      for (const url of ADDRESSES) inner.get(url, options, handler);
      for (const url of ['/', ...ADDRESSES]) inner.post(url, options, handler);
    });
  };
  // So that the hook is for the root as well.
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true });
}

/** The bytes are what is signed. */
function readAnyBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
}

async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  parts: Ec2ApiParts,
): Promise<FastifyReply> {
  try {
    const { action, content } = await carryOut(request, parts);
    return send(
      reply,
      request,
      200,
      element(`${action}Response`, { [XMLNS]: NAMESPACE, requestId: request.id, ...content }),
    );
  } catch (error) {
    return refuse(error, request, reply, parts);
  }
}

async function carryOut(
  request: FastifyRequest,
  parts: Ec2ApiParts,
): Promise<{ readonly action: string; readonly content: Answer }> {
  request.deed = null;
  const signed: SignedRequest = {
    method: request.method,
    target: request.raw.url ?? '/',
    headers: request.headers,
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
  };
  const { account, region } = await authenticate(signed, parts);
  const parameters = Parameters.of([...decodedPairs(queryOf(signed)), ...formOf(signed)]);
  const action = parameters.text('Action') ?? '';
  const run = ACTIONS.get(action);
  if (run === undefined)
    throw new Ec2Error(
      'InvalidAction',
      `The action ${action.slice(0, 100)} is not valid for this web service.`,
    );
  const invocationId = request.headers['amz-sdk-invocation-id'];
  const isDry = parameters.flag('DryRun') === true;
  const stopIfDry = () => {
    if (isDry) throw new Ec2Error('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.');
  };
  const asked: Ec2Request = {
    action,
    account,
    parameters,
    region: region ?? REGION,
    host: request.headers.host ?? 'localhost',
    invocationId: typeof invocationId === 'string' && invocationId !== '' ? invocationId : undefined,
    beforeChange() {
      parameters.checkAllRead();
      stopIfDry();
      request.deed = { action: `EC2 ${action}`, account, cameBy: 'access-key' };
    },
  };
  const content = await run(asked, parts);
  // What only looks has looked in vain then, and nothing has happened.
  parameters.checkAllRead();
  stopIfDry();
  return { action, content };
}

async function authenticate(
  signed: SignedRequest,
  { accounts, keys, realNow }: Ec2ApiParts,
): Promise<{ readonly account: AccountRecord; readonly region: string | undefined }> {
  const claim = claimOf(signed);
  const nowMs = realNow();
  const key = await keys.find(claim.accessKeyId);
  const account = key && (await accounts.get(key.record.userId));
  if (key === undefined || account === undefined || account.disabled)
    throw new Ec2Error('AuthFailure', 'AWS was not able to validate the provided access credentials');
  if (!claim.isSignedWith(key.secret))
    throw new Ec2Error(
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your secret access key, and that nothing between changes the Host header.',
    );
  // Told to those only who know the secret.
  if (key.record.expiresMs !== null && nowMs >= key.record.expiresMs)
    throw new Ec2Error(
      'AuthFailure',
      `The access key ${claim.accessKeyId} expired at ${new Date(key.record.expiresMs).toISOString()}`,
    );
  checkTime(claim, nowMs);
  await keys.used(key.record, nowMs);
  // What an operator's program does here, it does as a user.
  return { account: { ...account, role: 'user' }, region: claim.region };
}

/** Without a namespace, and one error only: every other form loses something in one client or another. */
function refuse(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  parts: Pick<Ec2ApiParts, 'toServiceError'>,
): FastifyReply {
  const refusal = asEc2Error(error, parts.toServiceError);
  if (refusal.status >= 500)
    request.log.error({ err: refusal.cause ?? refusal, reqId: request.id }, refusal.message);
  const { code, message, status } = refusal;
  request.refusedWith = code;
  const body = { Errors: { Error: { Code: code, Message: message } }, RequestID: request.id };
  return send(reply, request, status, element('Response', body));
}

function send(reply: FastifyReply, request: FastifyRequest, status: number, xml: string): FastifyReply {
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .header('x-amzn-requestid', request.id)
    .type('text/xml;charset=UTF-8')
    .send(`<?xml version="1.0" encoding="UTF-8"?>\n${xml}`);
}
