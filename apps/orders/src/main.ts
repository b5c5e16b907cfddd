import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Logger } from 'nestjs-pino';
import { loadConfig } from '@app/config';
import { runService } from '@app/runtime';
import { configureHttp } from './http-server';
import { ordersSettings } from './orders.config';
import { OrdersModule } from './orders.module';

void runService('Orders', async () => {
  const config = loadConfig(ordersSettings);
  const app = await NestFactory.create<NestExpressApplication>(OrdersModule.with(config), {
    bufferLogs: true,
    bodyParser: false,
  });
  const logger = app.get(Logger);
  app.useLogger(logger);
  configureHttp(app);
  await app.listen(config.ORDERS_HTTP_PORT, config.ORDERS_HTTP_HOST);
  logger.log(
    `Orders listens on http://${config.ORDERS_HTTP_HOST}:${config.ORDERS_HTTP_PORT} (REST, /docs)`,
  );
  return { app, shutdownTimeoutSeconds: config.SHUTDOWN_TIMEOUT_SECONDS };
});
