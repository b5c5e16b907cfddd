import './environment';
import 'reflect-metadata';
import type { LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { hostPort, isLoopback, loadConfig } from '@app/config';
import { logging, runService } from '@app/runtime';
import { checkAccess, requiresAuthentication } from './access/access.config';
import { Readiness } from './health/readiness.service';
import { configureHttp, httpAdapter } from './http-server';
import { type OrdersConfig, ordersSettings } from './orders.config';
import { OrdersModule } from './orders.module';

/** A line at the start, which is a warning if other machines may reach Orders. */
const announceOpen = ({ ORDERS_HTTP_HOST: host }: OrdersConfig, logger: LoggerService): void => {
  const text = 'Authentication is off (ORDERS_AUTHENTICATION): every caller may do anything';
  if (isLoopback(host)) logger.log(text);
  else logger.warn(`${text}, also from other machines`);
};

void runService('Orders', async () => {
  const config = loadConfig(ordersSettings);
  checkAccess(config);
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
  if (!requiresAuthentication(config)) announceOpen(config, logger);
  return {
    app,
    logger,
    drainMs: config.SHUTDOWN_DRAIN_MS,
    shutdownTimeoutSeconds: config.SHUTDOWN_TIMEOUT_SECONDS,
    beforeClose: () => app.get(Readiness).stop(),
  };
});
