import { Test } from '@nestjs/testing';
import { loadConfig } from '@app/config';
import { GrpcErrorFilter, RequestValidationPipe } from '@app/errors';
import type { MessageBroker } from '@app/events';
import { logging } from '@app/runtime';
import { findFreePort } from '../../tools/ports';
import { grpcServer } from '../../apps/inventory/src/grpc-server';
import { serverSecurityOf } from '../../apps/inventory/src/grpc/server-security';
import { GrpcHealth } from '../../apps/inventory/src/health/grpc-health';
import { HealthService } from '../../apps/inventory/src/health/health.service';
import { inventorySettings } from '../../apps/inventory/src/inventory.config';
import { InventoryModule } from '../../apps/inventory/src/inventory.module';
import {
  EVENT_STREAM_LIMITS,
  EVENT_STREAM_SETTINGS,
  type EventStreamSettings,
} from '../../apps/inventory/src/events/event-stream-settings';
import { EventStreamsService } from '../../apps/inventory/src/events/event-streams.service';
import {
  WATCH_LIMITS,
  WATCH_SETTINGS,
  type WatchSettings,
} from '../../apps/inventory/src/watch/watch-settings';
import { WatchService } from '../../apps/inventory/src/watch/watch.service';
import { IN_MEMORY_KAFKA } from '../harness/in-memory-broker';
import { silentLogger } from '../harness/silent-logger';

/**
 * Starts Inventory with gRPC in this process, with limits that a test reaches quickly, and with Kafka if there
 * is a broker.
 */
export const inventoryServer = async (
  databaseUrl: string,
  limits: Partial<WatchSettings> = {},
  eventLimits: Partial<EventStreamSettings> = {},
  broker?: MessageBroker,
) => {
  const port = await findFreePort();
  const address = `127.0.0.1:${port}`;
  const config = loadConfig(inventorySettings, {
    INVENTORY_DATABASE_URL: databaseUrl,
    INVENTORY_GRPC_PORT: String(port),
    INVENTORY_MIGRATE_ON_START: 'false',
    ...(broker && { INVENTORY_KAFKA_BROKERS: IN_MEMORY_KAFKA.brokers.join() }),
  });
  const { module } = logging({ service: 'inventory', level: 'silent', format: 'json' });
  const compiled = await Test.createTestingModule({
    imports: [InventoryModule.with(config, module, broker && (() => broker))],
  })
    .overrideProvider(WATCH_SETTINGS)
    .useValue({ ...WATCH_LIMITS, ...limits })
    .overrideProvider(EVENT_STREAM_SETTINGS)
    .useValue({ ...EVENT_STREAM_LIMITS, ...eventLimits })
    .setLogger(silentLogger)
    .compile();
  const health = compiled.get(GrpcHealth);
  const app = compiled.createNestMicroservice(grpcServer(config, serverSecurityOf(config), health));
  app.useGlobalFilters(new GrpcErrorFilter());
  app.useGlobalPipes(new RequestValidationPipe());
  await app.listen();
  return {
    app,
    address,
    /** Stops in the order of a process that receives SIGTERM. */
    stop: async (): Promise<void> => {
      app.get(HealthService).stop();
      app.get(WatchService).stop();
      app.get(EventStreamsService).stop();
      await app.close();
    },
  };
};

export type InventoryServer = Awaited<ReturnType<typeof inventoryServer>>;
