import { randomUUID } from 'node:crypto';
import { Test, type TestingModule } from '@nestjs/testing';
import { DataSource } from 'typeorm';
import { PostgresModule, ReadLane } from '@app/postgres';
import { AdjustmentService } from '../../apps/inventory/src/adjustment/adjustment.service';
import { ReservationService } from '../../apps/inventory/src/reservation/reservation.service';
import { ordersSchema } from '../../apps/orders/src/database/orders.schema';
import { OrderRepository } from '../../apps/orders/src/order/order.repository';
import { placeAndConfirm } from '../harness/confirmed-orders';
import { cloneDatabase, type TestDatabase } from '../harness/databases';
import { inventoryModule } from './inventory-module';
import { silentLogger } from '../harness/silent-logger';

/** More than the five executions after which Postgres would choose a kind of plan itself. */
const EXECUTIONS = 8;

const ordersModule = (url: string): Promise<TestingModule> => {
  const settings = {
    url,
    applicationName: 'test',
    timeoutMs: 10_000,
    poolSize: 1,
    readPoolSize: 1,
  };
  return Test.createTestingModule({
    imports: [PostgresModule.forApp({ ...settings, migrateOnStart: false }, ordersSchema)],
    providers: [OrderRepository],
  })
    .setLogger(silentLogger)
    .compile();
};

interface PlanCounts {
  readonly statement: string;
  readonly generic: number;
  readonly custom: number;
}

/** Returns how often each prepared statement of the connection ran with each kind of plan. */
const plansOf = (instance: TestingModule): Promise<PlanCounts[]> =>
  instance.get(DataSource).query<PlanCounts[]>(
    `select statement, generic_plans::int as generic, custom_plans::int as custom
       from pg_prepared_statements where name like 'quickbite%'`,
  );

describe('prepared statements, in groups of one', () => {
  let database: TestDatabase;
  let instance: TestingModule;

  afterEach(async () => {
    await instance.close();
    await database.drop();
  });

  it('of Orders have one generic plan per connection', async () => {
    database = await cloneDatabase('orders');
    instance = await ordersModule(database.url);
    const orders = instance.get(OrderRepository);
    for (let count = 1; count <= EXECUTIONS; count += 1) await placeAndConfirm(orders);
    const plans = await plansOf(instance);
    expect(plans).toHaveLength(2);
    for (const plan of plans) expect(plan).toMatchObject({ generic: EXECUTIONS, custom: 0 });
  });

  it('of Inventory have one generic plan per connection', async () => {
    database = await cloneDatabase('inventory');
    instance = await inventoryModule(database.url);
    await instance.get(AdjustmentService).adjust({
      id: randomUUID(),
      sku: 'plan',
      change: { delta: EXECUTIONS },
      reason: 'delivery',
      actor: 'test',
      expectedOnHand: null,
      allowShortfall: false,
    });
    const reservations = instance.get(ReservationService);
    for (let count = 1; count <= EXECUTIONS; count += 1) {
      await reservations.create(randomUUID(), [{ sku: 'plan', quantity: 1 }]);
    }
    const plans = await plansOf(instance);
    // Levels and reservations locked, the clock, a reservation, its line, its movement, the level.
    expect(plans.filter(({ generic }) => generic >= EXECUTIONS)).toHaveLength(7);
    for (const plan of plans) expect(plan).toMatchObject({ custom: 0 });
  });
});

describe('queryWithCustomPlan', () => {
  it('sets the plan mode for its own statement only', async () => {
    const database = await cloneDatabase('orders');
    const instance = await ordersModule(database.url);
    const mode = `select current_setting('plan_cache_mode') as mode`;
    const inQuery = await instance.get(ReadLane).queryWithCustomPlan(mode, []);
    const afterwards = await instance.get(ReadLane).query(mode);
    await instance.close();
    await database.drop();
    expect(inQuery).toEqual([{ mode: 'force_custom_plan' }]);
    expect(afterwards).toEqual([{ mode: 'force_generic_plan' }]);
  });
});
