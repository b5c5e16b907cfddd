import { type DynamicModule, Module } from '@nestjs/common';
import { ClientsModule, Transport } from '@nestjs/microservices';
import { INVENTORY_PACKAGE, INVENTORY_PROTO, loaderOptions, targetOf } from '@app/contracts';
import { type ClientSecurity, PLAINTEXT } from '@app/tls';
import { ORDERS_CHANNEL_OPTIONS } from './channel-options';
import { INVENTORY_GRPC, InventoryAvailability } from './inventory-availability';
import { InventoryHealthChecker } from './inventory-health.worker';

/** Orders' one gRPC channel to Inventory. Each capability has a client of its own on it. */
@Module({})
export class InventoryChannelModule {
  /** `addresses` is one host:port, or several IPv4 addresses with ports, separated by commas. */
  static at(addresses: string, security: ClientSecurity = PLAINTEXT): DynamicModule {
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
              credentials: security.credentials,
              channelOptions: { ...ORDERS_CHANNEL_OPTIONS, ...security.channelOptions },
            },
          },
        ]),
      ],
      providers: [InventoryAvailability, InventoryHealthChecker],
      exports: [ClientsModule, InventoryAvailability],
    };
  }
}
