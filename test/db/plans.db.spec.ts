import { randomUUID } from 'node:crypto';
import { Test, type TestingModule } from '@nestjs/testing';
import { DataSource } from 'typeorm';
import { Database, PostgresModule } from '@app/postgres';
import { AdjustmentService } from '../../apps/inventory/src/adjustment/adjustment.service';
import { ReservationService } from '../../apps/inventory/src/reservation/reservation.service';
import { ordersSchema } from '../../apps/orders/src/database/orders.schema';
import { OrderRepository } from '../../apps/orders/src/order/order.repository';
import { placeAndConfirm } from '../support/confirmed-orders';
import { cloneDatabase, type TestDatabase } from '../support/databases';
import { inventoryModule } from '../support/inventory-module';
import { silentLogger } from '../support/silent-logger';

/** More than the five after which Postgres would choose by itself. */
const TIMES = 8;

const ordersModule = (url: string): Promise<TestingModule> => {
  const settings = { url, applicationName: 'test', poolSize: 1, timeoutMs: 10_000 };
  return Test.createTestingModule({
    imports: [PostgresModule.forApp({ ...settings, migrateOnStart: false }, ordersSchema)],
    providers: [OrderRepository],
  })
    .setLogger(silentLogger)
    .compile();
};

interface Planned {
  readonly statement: string;
  readonly once: number;
  readonly anew: number;
}

/** Of each prepared statement of the connection, how often it ran with its one plan, or a new one. */
const plansOf = (instance: TestingModule): Promise<Planned[]> =>
  instance.get(DataSource).query<Planned[]>(
    `select statement, generic_plans::int as once, custom_plans::int as anew
       from pg_prepared_statements where name like 'quickbite%'`,
  );

describe('of groups of one', () => {
  let database: TestDatabase;
  let instance: TestingModule;

  afterEach(async () => {
    await instance.close();
    await database.drop();
  });

  it("Orders' statements are planned once for a connection", async () => {
    database = await cloneDatabase('orders');
    instance = await ordersModule(database.url);
    const orders = instance.get(OrderRepository);
    for (let time = 1; time <= TIMES; time += 1) await placeAndConfirm(orders);
    const plans = await plansOf(instance);
    expect(plans).toHaveLength(2);
    for (const plan of plans) expect(plan).toMatchObject({ once: TIMES, anew: 0 });
  });

  it("Inventory's statements are planned once for a connection", async () => {
    database = await cloneDatabase('inventory');
    instance = await inventoryModule(database.url);
    await instance.get(AdjustmentService).adjust({
      id: randomUUID(),
      sku: 'plan',
      change: { delta: TIMES },
      reason: 'delivery',
      actor: 'test',
      expectedOnHand: null,
      allowShortfall: false,
    });
    const reservations = instance.get(ReservationService);
    for (let time = 1; time <= TIMES; time += 1) {
      await reservations.create(randomUUID(), [{ sku: 'plan', quantity: 1 }]);
    }
    const plans = await plansOf(instance);
    // Levels and reservations locked, the clock, a reservation, its line, its movement, the level.
    expect(plans.filter(({ once }) => once >= TIMES)).toHaveLength(7);
    for (const plan of plans) expect(plan).toMatchObject({ anew: 0 });
  });
});

describe('a search', () => {
  it('is planned for its values, and what comes after it on its connection is not', async () => {
    const database = await cloneDatabase('orders');
    const instance = await ordersModule(database.url);
    const mode = `select current_setting('plan_cache_mode') as mode`;
    const searched = await instance.get(Database).queryWithCustomPlan(mode, []);
    const queried = await instance.get(Database).query(mode);
    await instance.close();
    await database.drop();
    expect(searched).toEqual([{ mode: 'force_custom_plan' }]);
    expect(queried).toEqual([{ mode: 'force_generic_plan' }]);
  });
});
