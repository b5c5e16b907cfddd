import { Test, type TestingModule } from '@nestjs/testing';
import { PostgresModule } from '@app/postgres';
import { inventorySchema } from '../../apps/inventory/src/database/inventory.schema';
import { AdjustmentModule } from '../../apps/inventory/src/adjustment/adjustment.module';
import { LedgerModule } from '../../apps/inventory/src/ledger/ledger.module';
import { ReservationModule } from '../../apps/inventory/src/reservation/reservation.module';
import { ThresholdModule } from '../../apps/inventory/src/threshold/threshold.module';
import { StockModule } from '../../apps/inventory/src/stock/stock.module';
import { silentLogger } from '../harness/silent-logger';

/**
 * Creates an instance of Inventory in this process, without gRPC and without its sweeper, which only runs
 * in a started application. The caller closes it.
 */
export const inventoryModule = (
  url: string,
  { timeoutMs } = { timeoutMs: 10_000 },
): Promise<TestingModule> => {
  const settings = { url, applicationName: `test-${timeoutMs}`, poolSize: 5, timeoutMs };
  return Test.createTestingModule({
    imports: [
      PostgresModule.forApp({ ...settings, migrateOnStart: false }, inventorySchema),
      StockModule,
      LedgerModule,
      ThresholdModule,
      AdjustmentModule,
      ReservationModule.with({ intervalMs: 1_000, tombstoneRetentionMs: 2_592_000_000 }),
    ],
  })
    .setLogger(silentLogger)
    .compile();
};
