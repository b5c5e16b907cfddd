import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { AsyncMicroserviceOptions } from '@nestjs/microservices';
import { HealthImplementation } from 'grpc-health-check';
import { Logger } from 'nestjs-pino';
import { loadConfig } from '@app/config';
import { GrpcErrorFilter, RequestValidationPipe } from '@app/errors';
import { runService } from '@app/runtime';
import { grpcServer } from './grpc-server';
import { inventorySettings } from './inventory.config';
import { InventoryModule } from './inventory.module';
import { StockService } from './stock/stock.service';

void runService('Inventory', async () => {
  const config = loadConfig(inventorySettings);
  const app = await NestFactory.createMicroservice<AsyncMicroserviceOptions>(
    InventoryModule.with(config),
    {
      bufferLogs: true,
      inject: [HealthImplementation],
      useFactory: (health: HealthImplementation) => grpcServer(config, health),
    },
  );
  const logger = app.get(Logger);
  app.useLogger(logger);
  app.useGlobalFilters(new GrpcErrorFilter());
  app.useGlobalPipes(new RequestValidationPipe());
  const seeds = config.INVENTORY_SEED_STOCK;
  if (seeds && (await app.get(StockService).seed(seeds)))
    logger.log('Stock was empty and is seeded');
  await app.listen();
  logger.log(
    `Inventory listens on ${config.INVENTORY_GRPC_HOST}:${config.INVENTORY_GRPC_PORT} (gRPC)`,
  );
  return { app, shutdownTimeoutSeconds: config.SHUTDOWN_TIMEOUT_SECONDS };
});
