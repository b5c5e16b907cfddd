import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import helmet from 'helmet';
import { ProblemFilter, RequestValidationPipe } from '@app/errors';
import type { PeerSettings } from './peer-settings';
import type { StartedPeer } from './started-peer';

/** That of Orders. */
const MAX_BODY = '100kb';

/** Express with the headers, the body parser, the validation and the errors that Orders has. */
export const httpPeer = async (
  module: DynamicModule,
  { port, log: { logger } }: PeerSettings,
): Promise<StartedPeer> => {
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
