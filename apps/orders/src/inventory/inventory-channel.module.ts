import { type DynamicModule, Module } from '@nestjs/common';
import { ClientsModule, Transport } from '@nestjs/microservices';
import {
  INVENTORY_PACKAGE,
  INVENTORY_PROTO,
  INVENTORY_SERVICE,
  loaderOptions,
} from '@app/contracts';
import { INVENTORY_GRPC, InventoryAvailability } from './inventory-availability';
import { InventoryHealthChecker } from './inventory-health.worker';

/** Calls that may be made again under their own id, or change nothing. */
const REPEATABLE = [
  'BatchCreateReservations',
  'CommitReservation',
  'ReleaseReservation',
  'GetStock',
  'ListStock',
];

/**
 * Instances take turns. A call that found no instance is made up to twice more, each time after a
 * random part of 20 to 100 ms, within its deadline; but where more than one in ten calls fails, failing
 * calls are not made more by repeating them.
 */
const SERVICE_CONFIG = {
  loadBalancingConfig: [{ round_robin: {} }],
  methodConfig: [
    {
      name: REPEATABLE.map((method) => ({
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
 * With gRPC's own backoff (1 s, growing to 120 s) a server that came back was found after 15.9 s;
 * with bounds like these after 0.3 s. Keepalive notices a server that hangs or a network that drops.
 */
const CHANNEL_OPTIONS = {
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.min_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 300,
  'grpc.dns_min_time_between_resolutions_ms': 1_000,
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 2_000,
  'grpc.service_config': JSON.stringify(SERVICE_CONFIG),
};

/** One host and port, or the addresses of several instances, as gRPC names them. */
const targetOf = (addresses: string): string =>
  addresses.includes(',') ? `ipv4:${addresses}` : addresses;

/** Orders' one gRPC channel to Inventory. Each capability has a client of its own on it. */
@Module({})
export class InventoryChannelModule {
  /** `addresses` is host:port, or several of an IPv4 address and a port, separated by commas. */
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
              channelOptions: CHANNEL_OPTIONS,
            },
          },
        ]),
      ],
      providers: [InventoryAvailability, InventoryHealthChecker],
      exports: [ClientsModule, InventoryAvailability],
    };
  }
}
