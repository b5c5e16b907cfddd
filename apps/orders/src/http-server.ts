import type { Server } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import helmet from 'helmet';
import { RequestValidationPipe } from '@app/errors';
import { AdaptiveLimit } from '@app/runtime';
import { Readiness } from './health/readiness.service';
import { Admission, type AdmissionOptions } from './http/admission';
import { BodyIntake, MAX_BODY_BYTES } from './http/body-intake';
import { answerClientErrors } from './http/client-errors';
import { parseCompressed } from './http/compressed-body';
import { type ConnectionLimits, HttpConnections } from './http/connections';
import { announceClose, closeConnectionsOnceIdle } from './http/graceful-shutdown';
import { HttpAdapter } from './http/http-adapter';
import { serveOpenApi } from './http/open-api';
import { RejectionFilter } from './http/rejection.filter';
import { requireJson } from './http/require-json';
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

/** The queue is shorter in an overload: enough for a few milliseconds on any machine. */
const admissionOptions = (config: OrdersConfig): AdmissionOptions => ({
  maxReads: config.ORDERS_MAX_REQUESTS_IN_FLIGHT,
  maxFiles: 64,
  queueTimeoutMs: config.ORDERS_QUEUE_TIMEOUT_MS,
  queue: {
    maxLength: 2 * config.ORDERS_MAX_REQUESTS_IN_FLIGHT,
    maxBurstMs: 2_000,
    maxLengthInOverload: Math.min(64, config.ORDERS_MAX_REQUESTS_IN_FLIGHT),
  },
});

/** Configures HTTP: connections, admission, headers, bodies, validation, errors and documentation. */
export const configureHttp = (app: NestExpressApplication, config: OrdersConfig): void => {
  const readiness = app.get(Readiness);
  const server: Server = app.getHttpServer();
  const connections = new HttpConnections(connectionLimits(config));
  connections.watch(server);
  answerClientErrors(server, connections);
  closeConnectionsOnceIdle(server, connections);
  const admission = new Admission(app.get(AdaptiveLimit), connections, admissionOptions(config));
  admission.guard(server);
  server.prependListener(
    'request',
    announceClose(() => readiness.isStopping),
  );
  // upgrade-insecure-requests would make Swagger UI call https:// when it is served over http.
  app.use(helmet({ contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } }));
  app.disable('etag');
  app.use(requireJson);
  app.use(new BodyIntake().receive);
  app.use(parseCompressed);
  // With `verify` the parser keeps a body as bytes until its end. Strings that grow with each piece would
  // stay in the heap for long after their connections have closed.
  app.useBodyParser('json', { inflate: false, limit: MAX_BODY_BYTES, verify: () => undefined });
  app.use(admission.count);
  app.useGlobalFilters(new RejectionFilter(admission));
  app.useGlobalPipes(new RequestValidationPipe({ maxValues: MAX_BODY_VALUES }));
  serveOpenApi(app);
};
