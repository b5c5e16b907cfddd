import type { NestExpressApplication } from '@nestjs/platform-express';

/**
 * Lets Express send every response in full. Responses have no entity tags, but Express would still answer
 * `If-None-Match: *` with 304 and without a body, also for a health check.
 */
export const sendFullResponses = (app: NestExpressApplication): void => {
  app.disable('etag');
  const { request } = app.getHttpAdapter().getInstance();
  Object.defineProperty(request, 'fresh', { get: () => false });
};
