import type { Server } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import helmet from 'helmet';
import { ProblemFilter, RequestValidationPipe } from '@app/errors';
import { AdaptiveLimit } from '@app/runtime';
import { Readiness } from './health/readiness.service';
import { Admission } from './http/admission';
import { closeConnectionsOnceIdle, announceClose } from './http/graceful-shutdown';
import { serveOpenApi } from './http/open-api';
import { requireJson } from './http/require-json';
import { setServerTimeouts, type ServerTimeouts } from './http/server-timeouts';

/** An order of 100 items with SKUs of 64 characters and a note takes some 13 kB. */
const MAX_BODY = '100kb';

/** Longer than any response takes: `Request-Timeout-Ms` is at most 60 s. */
const TIMEOUTS: ServerTimeouts = { requestTimeoutMs: 30_000, idleTimeoutMs: 75_000 };

/** Configures HTTP: timeouts, admission, headers, bodies, validation, errors and documentation. */
export const configureHttp = (app: NestExpressApplication): void => {
  const readiness = app.get(Readiness);
  const server: Server = app.getHttpServer();
  setServerTimeouts(server, TIMEOUTS);
  closeConnectionsOnceIdle(server);
  const admission = new Admission(app.get(AdaptiveLimit));
  admission.guard(server);
  server.prependListener(
    'request',
    announceClose(() => readiness.isStopping),
  );
  // upgrade-insecure-requests would make Swagger UI call https:// when it is served over http.
  app.use(helmet({ contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } }));
  app.disable('etag');
  app.use(requireJson);
  app.useBodyParser('json', { limit: MAX_BODY });
  app.use(admission.count);
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalPipes(new RequestValidationPipe());
  serveOpenApi(app);
};
