import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import helmet from 'helmet';
import { ProblemFilter, RequestValidationPipe } from '@app/errors';
import type { BaselineSettings } from './baseline-settings';
import type { StartedBaseline } from './started-baseline';

/** The limit of Orders. */
const MAX_BODY = '100kb';

/** Starts an HTTP server with the headers, body parser, validation and errors of Orders. */
export const httpBaseline = async (
  module: DynamicModule,
  { port, log: { logger } }: BaselineSettings,
): Promise<StartedBaseline> => {
  const app = await NestFactory.create<NestExpressApplication>(module, {
    logger,
    bodyParser: false,
  });
  app.use(helmet({ contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } }));
  app.disable('etag');
  app.useBodyParser('json', { limit: MAX_BODY });
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalPipes(new RequestValidationPipe());
  await app.listen(port, '127.0.0.1');
  return { app, logger };
};
