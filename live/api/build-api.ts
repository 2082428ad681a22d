// Puts the API together: one Fastify app with every route, from the parts it is handed. Nothing listens yet.
import { randomUUID } from 'node:crypto';
import type http from 'node:http';
import cookie from '@fastify/cookie';
import { type FastifyBaseLogger, type FastifyInstance, type FastifyPluginAsync, fastify } from 'fastify';
import type { Registry } from 'prom-client';
import type { Notifier } from '../notifications/notifier.ts';
import { PartnerAccount } from '../partners/partner-account.ts';
import { PartnerQuotes } from '../partners/partner-quotes.ts';
import type { Service } from '../service/service.ts';
import { COMPONENTS } from '../wire/components.ts';
import { accessKeyRoutes } from './access-keys.ts';
import { accountRoutes } from './accounts.ts';
import { Approval } from './approval.ts';
import { AuditLog, auditRoutes } from './audit.ts';
import { Authenticator, guardRoutes } from './authentication.ts';
import { BODY_LIMIT_BYTES, readBodies } from './bodies.ts';
import { calendarFeedRoutes } from './calendar-feed.ts';
import { catalogueRoutes } from './catalogue.ts';
import { clockRoutes } from './clock.ts';
import { compressAnswers } from './compression.ts';
import type { ApiConfig } from './config.ts';
import { eventRoutes } from './events.ts';
import { guestRoutes } from './guests.ts';
import { imageRoutes } from './images.ts';
import { instanceRoutes } from './instances.ts';
import { journalRoutes } from './journal.ts';
import { guardedLogger, RequestLog, requestLogger } from './logging.ts';
import { type ManagedServiceRoutesParts, managedServiceRoutes } from './managed-services.ts';
import { Metrics } from './metrics.ts';
import { nodeRoutes } from './nodes.ts';
import { answerUnknownAddresses } from './not-found.ts';
import { notificationRoutes } from './notifications.ts';
import { oidcRoutes } from './oidc.ts';
import { describeApi, openApiRoutes } from './openapi.ts';
import { operationRoutes } from './operations.ts';
import { partnerRoutes } from './partners.ts';
import { servePortal } from './portal.ts';
import { answerProblems, sendProblem, toServiceError } from './problem-document.ts';
import { projectRoutes } from './projects.ts';
import { quoteRoutes } from './quotes.ts';
import { requestLimits } from './rate-limit.ts';
import { reservationRoutes } from './reservations.ts';
import { securityHeaders } from './security-headers.ts';
import { buildSerializer } from './serialisation.ts';
import { seriesRoutes } from './series.ts';
import { answerClientError, serverFactory } from './server.ts';
import { sessionRoutes } from './session.ts';
import type {
  AccessKeys,
  Accounts,
  Archives,
  Audit,
  Guests,
  Identities,
  Instances,
  Journal,
  Ledger,
  Notices,
  Passages,
  Projects,
  Reports,
  Reservations,
  Sessions,
  Tokens,
} from './stores.ts';
import { tokenRoutes } from './tokens.ts';
import { tellOfUntrustedProxies } from './untrusted-proxy.ts';
import { schemaValidator } from './validation.ts';
import { whatIfRoutes } from './what-if.ts';

const PREFIX = '/OpenPEX';

/** The running service, the stores that are read, and what an operator has set. */
export interface ApiParts {
  readonly service: Service;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly tokens: Tokens;
  readonly accessKeys: AccessKeys;
  readonly guests: Guests;
  readonly reservations: Reservations;
  readonly instances: Instances;
  readonly journal: Journal;
  readonly archives: Archives;
  readonly ledger: Ledger;
  readonly passages: Passages;
  readonly notices: Notices;
  readonly projects: Projects;
  /** Absent: no manifest is taken. */
  readonly managed?: ManagedServiceRoutesParts['managed'];
  readonly audit: Audit;
  readonly identities: Identities;
  /** Absent: nobody is told anything. */
  readonly notifier?: Pick<Notifier, 'stir' | 'tries$'>;
  readonly reports?: Reports;
  /** Other interfaces to the same service, beside /OpenPEX. */
  readonly beside?: readonly FastifyPluginAsync[];
  readonly config: ApiConfig;
  /** Secrets are kept out of what is logged, whatever the logger is set to. */
  readonly logger?: FastifyBaseLogger;
  /** To which the API adds its metrics; absent: one of its own. */
  readonly metricsRegistry?: Registry;
}

export async function buildApi(parts: ApiParts): Promise<FastifyInstance> {
  const { service, config } = parts;
  const logger = guardedLogger(parts.logger);
  const app = fastify<http.Server>({
    loggerInstance: logger,
    logController: new RequestLog(logger),
    childLoggerFactory: requestLogger,
    trustProxy: config.trustProxy.length === 0 ? false : [...config.trustProxy],
    bodyLimit: BODY_LIMIT_BYTES,
    routerOptions: { ignoreTrailingSlash: true },
    schemaController: { compilersFactory: { buildSerializer } },
    requestIdHeader: false,
    genReqId: () => randomUUID(),
    return503OnClosing: false,
    serverFactory: serverFactory(config),
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => {
      sendProblem(toServiceError(error, service), request, reply);
    },
  });
  const authenticator = new Authenticator({ ...parts, loginThrottle: config.loginThrottle });
  const metrics = new Metrics(parts, parts.metricsRegistry);
  const approval = new Approval(config.approval, (facts, message) => app.log.warn(facts, message));
  const partners = new PartnerQuotes((config.partners ?? []).map((partner) => new PartnerAccount(partner)));
  const routeParts = { ...parts, approval, authenticator, metrics, partners };
  const partnerParts = { ...parts, partners: config.partners ?? [] };

  app.setValidatorCompiler(schemaValidator);
  for (const schema of COMPONENTS) app.addSchema(schema);
  readBodies(app);
  answerProblems(app, service);
  answerUnknownAddresses(app);
  metrics.observe(app);
  new AuditLog(parts.audit, config.auditKeepMs).observe(app);
  tellOfUntrustedProxies(app);
  // A connection whose last answer leaves while the service stops must not keep it from stopping.
  app.addHook('preClose', async () => {
    app.server.keepAliveTimeout = 1;
  });
  const headers = securityHeaders(config.secureCookies);
  app.addHook('onRequest', (request, reply, next) => {
    reply.headers(headers).header('x-request-id', request.id);
    next();
  });
  await app.register(cookie);
  guardRoutes(app, authenticator, await requestLimits(app, config.rateLimit.perMinute));
  await describeApi(app, config.version);

  await app.register(
    async (api) => {
      api.addHook('onRequest', (_request, reply, next) => {
        reply.header('cache-control', 'no-store');
        next();
      });
      compressAnswers(api);
      for (const routes of [
        reservationRoutes(routeParts),
        seriesRoutes(routeParts),
        instanceRoutes(routeParts),
        quoteRoutes(routeParts),
        partnerRoutes(partnerParts),
        eventRoutes(routeParts),
        accountRoutes(routeParts),
        sessionRoutes(routeParts),
        oidcRoutes(routeParts),
        tokenRoutes(routeParts),
        accessKeyRoutes(routeParts),
        guestRoutes(routeParts),
        notificationRoutes(routeParts),
        projectRoutes(routeParts),
        ...(parts.managed === undefined
          ? []
          : [managedServiceRoutes({ ...routeParts, managed: parts.managed })]),
        auditRoutes(routeParts),
        calendarFeedRoutes(routeParts),
        catalogueRoutes(routeParts),
        nodeRoutes(routeParts),
        imageRoutes(routeParts),
        journalRoutes(routeParts),
        whatIfRoutes(routeParts),
        clockRoutes(routeParts),
        openApiRoutes,
      ]) {
        await api.register(routes);
      }
    },
    { prefix: PREFIX },
  );
  for (const other of parts.beside ?? []) await app.register(other);
  await app.register(operationRoutes(routeParts));
  await servePortal(app, config.portalDir);
  return app;
}
