import './environment';
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { hostPort, loadConfig } from '@app/config';
import { logging, runService } from '@app/runtime';
import { Readiness } from './health/readiness.service';
import { configureHttp, httpAdapter } from './http-server';
import { ordersSettings } from './orders.config';
import { OrdersModule } from './orders.module';

void runService('Orders', async () => {
  const config = loadConfig(ordersSettings);
  const { LOG_LEVEL: level, LOG_FORMAT: format } = config;
  const { logger, module } = logging({ service: 'orders', level, format });
  const app = await NestFactory.create<NestExpressApplication>(
    OrdersModule.with(config, module),
    httpAdapter(config),
    { logger, bodyParser: false },
  );
  configureHttp(app, config);
  await app.listen(config.ORDERS_HTTP_PORT, config.ORDERS_HTTP_HOST);
  const address = hostPort(config.ORDERS_HTTP_HOST, config.ORDERS_HTTP_PORT);
  logger.log(`Orders listens on http://${address} (REST, /docs)`);
  return {
    app,
    logger,
    drainMs: config.SHUTDOWN_DRAIN_MS,
    shutdownTimeoutSeconds: config.SHUTDOWN_TIMEOUT_SECONDS,
    beforeClose: () => app.get(Readiness).stop(),
  };
});
