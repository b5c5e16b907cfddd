import type { NestExpressApplication } from '@nestjs/platform-express';
import helmet from 'helmet';
import { ProblemFilter, RequestValidationPipe } from '@app/errors';
import { AdaptiveLimit } from '@app/runtime';
import { Readiness } from './health/readiness.service';
import { admission } from './http/admission';
import { closeConnectionsWhenStopped, closing } from './http/closing';
import { serveOpenApi } from './http/open-api';
import { requireJson } from './http/require-json';

/** 100 items with SKUs of 64 characters and a note take some 13 kB. */
const MAX_BODY = '100kb';

/** How Orders speaks HTTP: what it lets in, headers, bodies, validation, errors and documentation. */
export const configureHttp = (app: NestExpressApplication): void => {
  const readiness = app.get(Readiness);
  closeConnectionsWhenStopped(app.getHttpServer());
  app.use(closing(() => readiness.isStopping));
  app.use(admission(app.get(AdaptiveLimit)));
  // upgrade-insecure-requests would make Swagger UI call https:// wherever it is served over http.
  app.use(helmet({ contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } }));
  app.disable('etag');
  app.use(requireJson);
  app.useBodyParser('json', { limit: MAX_BODY });
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalPipes(new RequestValidationPipe());
  serveOpenApi(app);
};
