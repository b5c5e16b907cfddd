import { Test, type TestingModule } from '@nestjs/testing';
import { PostgresModule } from '@app/postgres';
import { inventorySchema } from '../../apps/inventory/src/database/inventory.schema';
import { ReservationModule } from '../../apps/inventory/src/reservation/reservation.module';
import { StockModule } from '../../apps/inventory/src/stock/stock.module';
import { silentLogger } from './silent-logger';

/** One instance of Inventory inside the test's process, without its wire. Close it afterwards. */
export const inventoryModule = (
  url: string,
  { timeoutMs } = { timeoutMs: 10_000 },
): Promise<TestingModule> => {
  const settings = { url, applicationName: `test-${timeoutMs}`, poolSize: 5, timeoutMs };
  return Test.createTestingModule({
    imports: [
      PostgresModule.forApp({ ...settings, migrateOnStart: false }, inventorySchema),
      StockModule,
      ReservationModule,
    ],
  })
    .setLogger(silentLogger)
    .compile();
};
