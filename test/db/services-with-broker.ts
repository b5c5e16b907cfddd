import { Test, type TestingModule } from '@nestjs/testing';
import { loadConfig } from '@app/config';
import { logging } from '@app/runtime';
import { ordersSettings } from '../../apps/orders/src/orders.config';
import { OrdersModule } from '../../apps/orders/src/orders.module';
import { cloneDatabase } from '../harness/databases';
import { IN_MEMORY_KAFKA, InMemoryBroker } from '../harness/in-memory-broker';
import { connectInventory, type InventoryRpc } from '../harness/inventory-client';
import type { Env } from '../harness/services';
import { silentLogger } from '../harness/silent-logger';
import { inventoryServer } from './inventory-server';

/** Both services in this process, as they run in production, with a broker in memory in place of Kafka. */
export interface ServicesWithBroker {
  readonly broker: InMemoryBroker;
  readonly orders: TestingModule;
  readonly inventory: InventoryRpc;
  close(): Promise<void>;
}

/** Starts both services. `env`: settings of Orders. */
export const startServicesWithBroker = async (env: Env = {}): Promise<ServicesWithBroker> => {
  const broker = new InMemoryBroker();
  const [stock, orders] = await Promise.all([cloneDatabase('inventory'), cloneDatabase('orders')]);
  const server = await inventoryServer(stock.url, {}, {}, broker);
  const inventory = connectInventory(server.address);
  const config = loadConfig(ordersSettings, {
    ORDERS_DATABASE_URL: orders.url,
    ORDERS_MIGRATE_ON_START: 'false',
    ORDERS_INVENTORY_ADDRESS: server.address,
    ORDERS_KAFKA_BROKERS: IN_MEMORY_KAFKA.brokers.join(),
    ...env,
  });
  const { module } = logging({ service: 'orders', level: 'silent', format: 'json' });
  const compiled = await Test.createTestingModule({
    imports: [OrdersModule.with(config, module, () => broker)],
  })
    .setLogger(silentLogger)
    .compile();
  await compiled.init();
  return {
    broker,
    orders: compiled,
    inventory,
    close: async () => {
      await compiled.close();
      inventory.close();
      await server.stop();
      await Promise.all([orders.drop(), stock.drop()]);
    },
  };
};
