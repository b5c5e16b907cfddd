import type { TestingModule } from '@nestjs/testing';
import { cloneDatabase, type TestDatabase } from '../../../../test/harness/databases';
import { inventoryModule } from '../../../../test/db/inventory-module';
import { times } from '../../../../test/harness/wait';
import { ReservationService } from '../reservation/reservation.service';
import type { Adjustment } from './adjustment';
import { AdjustmentService } from './adjustment.service';

let database: TestDatabase;
let here: TestingModule;
/** A second instance, as in another process. */
let there: TestingModule;

beforeAll(async () => {
  database = await cloneDatabase('inventory');
  [here, there] = [await inventoryModule(database.url), await inventoryModule(database.url)];
});

afterAll(async () => {
  expect(await database.differences()).toEqual([]);
  await Promise.all([here.close(), there.close()]);
  await database.drop();
});

const count = (id: string, sku: string): Adjustment => ({
  id,
  sku,
  change: { setOnHand: 10 },
  reason: 'count',
  actor: 'ann',
  expectedOnHand: null,
  allowShortfall: false,
});

const adjust = (instance: TestingModule, adjustment: Adjustment) =>
  instance.get(AdjustmentService).adjust(adjustment);

it('a repeated adjustment reports alreadyRecorded, even if units were taken in between', async () => {
  const first = await adjust(here, count('repeated', 'burger'));
  await here.get(ReservationService).take({ sku: 'burger', quantity: 4 });
  const again = await adjust(there, count('repeated', 'burger'));
  expect(first).toMatchObject({ alreadyRecorded: false, level: { onHand: 10 } });
  expect(again).toMatchObject({ alreadyRecorded: true, level: { onHand: 6 } });
  expect(again.movement).toEqual(first.movement);
});

it('of many equal adjustments at the same time at two instances, exactly one is new', async () => {
  for (const round of times(10, (index) => index)) {
    const racing = times(20, (index) =>
      adjust(index % 2 === 0 ? here : there, count(`race-${round}`, `pizza-${round}`)),
    );
    const recorded = (await Promise.all(racing)).filter(({ alreadyRecorded }) => !alreadyRecorded);
    expect(recorded).toHaveLength(1);
  }
});
