import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type MicroserviceOptions, Transport } from '@nestjs/microservices';
import { INVENTORY_PACKAGE, INVENTORY_PROTO, loaderOptions } from '@app/contracts';
import { GrpcErrorFilter, RequestValidationPipe } from '@app/errors';
import type { BaselineSettings } from './baseline-settings';
import type { StartedBaseline } from './started-baseline';

/** The limit of Inventory. */
const MAX_REQUEST_BYTES = 4_194_304;

/** Starts a gRPC server with the options, validation and errors of Inventory. */
export const grpcBaseline = async (
  module: Parameters<typeof NestFactory.createMicroservice>[0] | Type,
  { port, log: { logger } }: BaselineSettings,
): Promise<StartedBaseline> => {
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(module, {
    logger,
    transport: Transport.GRPC,
    options: {
      url: `127.0.0.1:${port}`,
      package: INVENTORY_PACKAGE,
      protoPath: INVENTORY_PROTO,
      loader: loaderOptions(),
      maxReceiveMessageLength: MAX_REQUEST_BYTES,
      gracefulShutdown: true,
    },
  });
  app.useGlobalFilters(new GrpcErrorFilter());
  app.useGlobalPipes(new RequestValidationPipe());
  await app.listen();
  return { app, logger };
};
