import type { Server } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import helmet from 'helmet';
import { ProblemFilter, RequestValidationPipe } from '@app/errors';
import { AdaptiveLimit } from '@app/runtime';
import { Readiness } from './health/readiness.service';
import { Admission } from './http/admission';
import { closeConnectionsWhenStopped, closing } from './http/closing';
import { serveOpenApi } from './http/open-api';
import { requireJson } from './http/require-json';
import { limitTime, type TimeLimits } from './http/time-limits';

/** 100 items with SKUs of 64 characters and a note take some 13 kB. */
const MAX_BODY = '100kb';

/** Nothing that is asked of Orders takes longer than a caller may say that it waits: 60 s. */
const TIME_LIMITS: TimeLimits = { receivedWithinMs: 30_000, silentForMs: 75_000 };

/** How Orders speaks HTTP: what it lets in, headers, bodies, validation, errors and documentation. */
export const configureHttp = (app: NestExpressApplication): void => {
  const readiness = app.get(Readiness);
  const server: Server = app.getHttpServer();
  limitTime(server, TIME_LIMITS);
  closeConnectionsWhenStopped(server);
  const admission = new Admission(app.get(AdaptiveLimit));
  admission.guard(server);
  server.prependListener(
    'request',
    closing(() => readiness.isStopping),
  );
  // upgrade-insecure-requests would make Swagger UI call https:// wherever it is served over http.
  app.use(helmet({ contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } }));
  app.disable('etag');
  app.use(requireJson);
  app.useBodyParser('json', { limit: MAX_BODY });
  app.use(admission.count);
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalPipes(new RequestValidationPipe());
  serveOpenApi(app);
};
