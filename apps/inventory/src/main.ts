import './environment';
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { AsyncMicroserviceOptions } from '@nestjs/microservices';
import { loadConfig } from '@app/config';
import { GrpcErrorFilter, RequestValidationPipe } from '@app/errors';
import { logging, runService } from '@app/runtime';
import { grpcAddress, grpcServer } from './grpc-server';
import { serverSecurityOf } from './grpc/server-security';
import { GrpcHealth } from './health/grpc-health';
import { HealthService } from './health/health.service';
import { inventorySettings } from './inventory.config';
import { InventoryModule } from './inventory.module';
import { StockService } from './stock/stock.service';
import { EventStreamsService } from './events/event-streams.service';
import { WatchService } from './watch/watch.service';

void runService('Inventory', async () => {
  const config = loadConfig(inventorySettings);
  const security = serverSecurityOf(config);
  const { LOG_LEVEL: level, LOG_FORMAT: format } = config;
  const { logger, module } = logging({ service: 'inventory', level, format });
  const app = await NestFactory.createMicroservice<AsyncMicroserviceOptions>(
    InventoryModule.with(config, module),
    {
      logger,
      inject: [GrpcHealth],
      useFactory: (health: GrpcHealth) => grpcServer(config, security, health),
    },
  );
  app.useGlobalFilters(new GrpcErrorFilter());
  app.useGlobalPipes(new RequestValidationPipe());
  const seeds = config.INVENTORY_SEED_STOCK;
  if (seeds && (await app.get(StockService).seed(seeds)))
    logger.log('Seeded the stock, which was empty');
  await app.listen();
  logger.log(`Inventory listens on ${grpcAddress(config)} (gRPC, ${security.description})`);
  return {
    app,
    logger,
    drainMs: config.SHUTDOWN_DRAIN_MS,
    shutdownTimeoutSeconds: config.SHUTDOWN_TIMEOUT_SECONDS,
    beforeClose: () => {
      app.get(HealthService).stop();
      app.get(WatchService).stop();
      app.get(EventStreamsService).stop();
    },
  };
});
