import type { Server } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import helmet from 'helmet';
import { RequestValidationPipe } from '@app/errors';
import { AdaptiveLimit } from '@app/runtime';
import { AccessGuard } from './access/access.guard';
import { requiresAuthentication } from './access/access.config';
import { authenticateRequests } from './access/authenticate.middleware';
import { Authenticator } from './access/authenticator.service';
import { FailedAttempts } from './access/failed-attempts.service';
import { EVENT_SCHEMA } from './events/events.dto';
import { Readiness } from './health/readiness.service';
import { Admission, type AdmissionOptions } from './http/admission';
import { BodyIntake } from './http/body-intake';
import { rejectOtherSites } from './http/browser-safety';
import { limitCallers } from './http/caller-limits';
import { answerClientErrors } from './http/client-errors';
import { type ConnectionLimits, HttpConnections } from './http/connections';
import { allowOrigins } from './http/cross-origin';
import { isOfProxy, trustProxies } from './http/forwarded';
import { sendFullResponses } from './http/full-responses';
import { announceClose, closeConnectionsOnceIdle } from './http/graceful-shutdown';
import { HttpAdapter } from './http/http-adapter';
import { parseJsonBody } from './http/json-body';
import { serveOpenApi } from './http/open-api';
import { RejectionFilter } from './http/rejection.filter';
import { requireUtf8Target } from './http/request-target';
import { carryRequestId, identifyRequests } from './http/request-id';
import { isPublic } from './http/request-class';
import { requireJson } from './http/require-json';
import { Limiters } from './limits/limiters.service';
import { OrderService } from './order/order.service';
import type { OrdersConfig } from './orders.config';

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than any response takes: `Request-Timeout-Ms` is at most 60 s. */
const IDLE_TIMEOUT_MS = 75_000;

/** An order has at most 305 values, and one value may have many faults. */
const MAX_BODY_VALUES = 500;

/** Creates the adapter of Nest to Node's HTTP server. */
export const httpAdapter = (config: OrdersConfig): HttpAdapter =>
  new HttpAdapter({
    headersTimeoutMs: HEADERS_TIMEOUT_MS,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    idleTimeoutMs: IDLE_TIMEOUT_MS,
    keepAliveTimeoutMs: config.ORDERS_HTTP_KEEP_ALIVE_TIMEOUT_MS,
  });

const connectionLimits = (config: OrdersConfig): ConnectionLimits => ({
  maxConnections: config.ORDERS_HTTP_MAX_CONNECTIONS,
  maxPipelined: 64,
  closeDelayMs: 5_000,
  lingerMs: 2_000,
  maxUnreadBytes: 16_777_216,
});

/** Some 50 visits of Swagger UI. A file takes a millisecond, and needs no credentials. */
const MAX_FILES = 500;

/** The queue is shorter in an overload: enough for a few milliseconds on any machine. */
const admissionOptions = (config: OrdersConfig): Omit<AdmissionOptions, 'isShared'> => ({
  maxReads: config.ORDERS_MAX_REQUESTS_IN_FLIGHT,
  maxFiles: 64,
  queueTimeoutMs: config.ORDERS_QUEUE_TIMEOUT_MS,
  queue: {
    maxLength: 2 * config.ORDERS_MAX_REQUESTS_IN_FLIGHT,
    maxBurstMs: 2_000,
    maxLengthInOverload: Math.min(64, config.ORDERS_MAX_REQUESTS_IN_FLIGHT),
  },
});

/** Returns an order that exists; undefined if there is none, or no answer. */
const newestOrderId = async (orders: OrderService): Promise<string | undefined> => {
  const page = await orders.list({ limit: 1 }).catch(() => undefined);
  return page?.items[0]?.id;
};

/** Before anything reads the bodies. Without it, neither a request nor a handler pays for it. */
const requireCredentials = (app: NestExpressApplication, config: OrdersConfig): void => {
  const maxFailures = config.ORDERS_LIMIT_FAILED_AUTHENTICATION;
  const failures = new FailedAttempts(app.get(Limiters), maxFailures);
  app.use(authenticateRequests(app.get(Authenticator), isPublic, failures));
  app.useGlobalGuards(new AccessGuard());
};

/** Configures HTTP: connections, admission, headers, bodies, validation, errors and documentation. */
export const configureHttp = (app: NestExpressApplication, config: OrdersConfig): void => {
  const readiness = app.get(Readiness);
  const server: Server = app.getHttpServer();
  const connections = new HttpConnections(connectionLimits(config));
  connections.watch(server);
  answerClientErrors(server, connections);
  closeConnectionsOnceIdle(server, connections);
  const admission = new Admission(app.get(AdaptiveLimit), connections, {
    ...admissionOptions(config),
    isShared: isOfProxy(app),
  });
  admission.guard(server);
  server.prependListener(
    'request',
    announceClose(() => readiness.isStopping),
  );
  identifyRequests(server);
  // upgrade-insecure-requests would make Swagger UI call https:// when it is served over http.
  app.use(
    helmet({
      // No other page may show a page of Orders inside itself, and have its buttons clicked.
      contentSecurityPolicy: {
        directives: { frameAncestors: ["'none'"], upgradeInsecureRequests: null },
      },
      xFrameOptions: { action: 'deny' },
      strictTransportSecurity: false,
    }),
  );
  trustProxies(app, config.ORDERS_TRUSTED_PROXIES);
  sendFullResponses(app);
  allowOrigins(app, config.ORDERS_CORS_ORIGINS);
  rejectOtherSites(app, {
    listenHost: config.ORDERS_HTTP_HOST,
    publicHosts: config.ORDERS_PUBLIC_HOSTS,
    origins: config.ORDERS_CORS_ORIGINS,
  });
  app.use(requireUtf8Target);
  if (requiresAuthentication(config)) requireCredentials(app, config);
  limitCallers(app, app.get(Limiters), {
    writes: config.ORDERS_LIMIT_WRITES,
    reads: config.ORDERS_LIMIT_READS,
    streams: config.ORDERS_LIMIT_STREAMS,
    files: MAX_FILES,
  });
  app.use(requireJson);
  app.use(new BodyIntake().receive);
  app.use(parseJsonBody);
  app.use(admission.count);
  app.use(carryRequestId);
  app.useGlobalFilters(new RejectionFilter(admission));
  app.useGlobalPipes(new RequestValidationPipe({ maxValues: MAX_BODY_VALUES }));
  const findExampleId = () => newestOrderId(app.get(OrderService));
  // The documentation is public. The id of an order is not, unless all of them are.
  serveOpenApi(
    app,
    { Event: EVENT_SCHEMA },
    requiresAuthentication(config) ? undefined : findExampleId,
  );
};
