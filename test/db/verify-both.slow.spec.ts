import { inventoryChecks } from '../../apps/cli/src/verify/inventory-checks';
import { ordersChecks } from '../../apps/cli/src/verify/orders-checks';
import { pairRules } from '../../apps/cli/src/verify/pair-rules';
import { schemaChecks } from '../../apps/cli/src/verify/schema/schema-checks';
import { compare, type Databases } from './compare';
import { startOrderFlow } from './order-flow';
import { verify } from '../harness/verify-cli';
import { IDS, createHistory } from './order-history';
import { pairCorruptions } from './pair-corruptions';
import { saveRows } from './saved-rows';
import { withoutConstraints } from './without-constraints';

/** Databases with orders of every kind of history, written by the services. */
let history: Databases;
/** The same databases without constraints and triggers. */
let unconstrained: Databases;
/** Undo what a test has changed in `unconstrained`. */
let restore: Readonly<Record<keyof Databases, () => Promise<void>>>;

/** Compares them after a change of Inventory's rows, which is undone. */
const compareAfter = async (sql: string) => {
  await unconstrained.inventory.query(sql);
  try {
    return await compare(unconstrained);
  } finally {
    await restore.inventory();
  }
};

beforeAll(async () => {
  const flow = await startOrderFlow();
  await createHistory(flow);
  await flow.disconnect();
  history = flow;
  unconstrained = {
    orders: await withoutConstraints(flow.orders),
    inventory: await withoutConstraints(flow.inventory),
  };
  restore = {
    orders: await saveRows(unconstrained.orders),
    inventory: await saveRows(unconstrained.inventory),
  };
});

afterAll(async () => {
  for (const { orders, inventory } of [history, unconstrained]) {
    await orders.drop();
    await inventory.drop();
  }
});

it('finds no difference in orders of every kind of history', async () => {
  for (const databases of [history, unconstrained]) {
    const { lines, ...compared } = await compare(databases);
    expect(lines).toEqual([]);
    expect(compared).toEqual({
      orders: 21,
      reservations: 20,
      inFlight: new Map([
        ['PENDING', 2],
        ['REDUCING', 1],
        ['CANCELLING', 1],
        ['FULFILLING', 1],
      ]),
      parked: 1,
      transient: 0,
      differences: new Map(),
    });
  }
});

describe('finds', () => {
  it.each(pairCorruptions)('$what', async (corruption) => {
    const { to, sql, line, withoutOthers = false, atRest = false } = corruption;
    await unconstrained[to].query(sql);
    if (withoutOthers) {
      await unconstrained.inventory.query(
        `delete from reservation where id in ('${IDS.guest}', '${IDS.taken}')`,
      );
    }
    const { lines } = await compare(unconstrained, { atRest });
    await restore.orders();
    await restore.inventory();
    expect(lines).toContainEqual(typeof line === 'string' ? line : expect.stringMatching(line));
    if (!atRest) expect(lines).toHaveLength(1);
  });

  it('something with each of its rules', () => {
    const tried = new Set(pairCorruptions.map(({ line }) => nameIn(line)));
    expect(pairRules.map(({ name }) => name)).toEqual([...tried]);
  });

  it('every difference, also of more pairs than are rechecked at once', async () => {
    const { lines, differences } = await compareAfter(
      `insert into reservation (id, state)
       select format('01940000-0000-7000-8000-%s', lpad(n::text, 12, '0')), 'HELD'
         from generate_series(1, 25000) n`,
    );
    expect(new Set(lines).size).toBe(25_000);
    expect(differences).toEqual(new Map([['leak', 25_000]]));
  });
});

const nameIn = (line: string | RegExp): string | undefined =>
  /[a-z-]+/.exec(typeof line === 'string' ? line : line.source)?.[0];

describe('accepts', () => {
  /** The next call of a PENDING or CANCELLING order resolves every state of its reservation. */
  it.each(['HELD', 'COMMITTED', 'RELEASED', 'REJECTED', 'EXPIRED'])(
    'a PENDING and a CANCELLING order whose reservation is %s',
    async (state) => {
      const { lines } = await compareAfter(
        `insert into reservation (id, state) values ('${IDS.pending}', '${state}');
         update reservation set state = '${state}' where id = '${IDS.cancelling}'`,
      );
      expect(lines).toEqual([]);
    },
  );

  it('a rejection and a tombstone of another client that uses UUIDv7 ids', async () => {
    const { lines } = await compareAfter(
      `insert into reservation (id, state) values ('${IDS.guest.replace('7000', '7001')}', 'REJECTED'),
                                                  ('${IDS.guest.replace('7000', '7002')}', 'RELEASED')`,
    );
    expect(lines).toEqual([]);
  });

  it('an order whose reservation was released, while the reconciler is about to cancel it', async () => {
    const { lines } = await compareAfter(
      `update reservation set state = 'RELEASED' where id = '${IDS.fulfilling}'`,
    );
    expect(lines).toEqual([]);
  });

  it('a cancelled order whose tombstone was pruned', async () => {
    const { lines } = await compareAfter(
      `delete from reservation where id = '${IDS.overdue}';
       update tombstone_horizon set forgotten_before = now() + interval '1 hour'`,
    );
    expect(lines).toEqual([]);
  });
});

describe('the command', () => {
  const urlsOf = ({ orders, inventory }: Databases) => ({
    orders: orders.url,
    inventory: inventory.url,
  });

  it('checks each database and compares them, and exits with 0', async () => {
    const { code, output } = await verify(urlsOf(history));
    const ofDatabases = [inventoryChecks, ordersChecks].flatMap(({ checks, schema }) => [
      ...schemaChecks(schema, 0),
      ...checks,
    ]);
    expect(output.split('\n').filter((line) => line.startsWith('ok '))).toHaveLength(
      ofDatabases.length + pairRules.length - 1,
    );
    expect(output).toMatch(/\n21 orders, 44 items, \d+ events, \d+ log, \d+ cursors; \d\.\d s\n/);
    expect(output).toMatch(/\n21 orders, 20 reservations; \d\.\d s\n/);
    expect(output).toContain(
      '\nIn flight: 5 (2 PENDING, 1 CANCELLING, 1 FULFILLING, 1 REDUCING); parked: 1; changed during the comparison: 0\n',
    );
    expect(output).toMatch(/\nPASS: no differences\.\n$/);
    expect(code).toBe(0);
  });

  it('counts unfinished orders as differences with --at-rest, and exits with 1', async () => {
    const { code, output } = await verify(urlsOf(history), '--at-rest');
    expect(output).toContain(`    unfinished: order ${IDS.pending}, PENDING: expected CONFIRMED,`);
    expect(output).toMatch(/\nDIFFERS {2}unfinished: 6 above\. At rest/);
    expect(output).toMatch(/\nFAIL: 6 differences \(unfinished 6\)\.\n$/);
    expect(code).toBe(1);
  });

  it('adds up the differences of a rule that both databases have', async () => {
    const broken = {
      orders: await history.orders.clone(),
      inventory: await history.inventory.clone(),
    };
    for (const database of Object.values(broken))
      await database.query(`insert into migration (timestamp, name) values (1, 'Later1')`);
    const { output } = await verify(urlsOf(broken));
    for (const database of Object.values(broken)) await database.drop();
    expect(output).toMatch(/\nFAIL: 2 differences \(migration 2\)\.\n$/);
  });

  it("checks only Orders' database with --orders, and exits with 1 if it has a difference", async () => {
    const orders = await history.orders.clone();
    await orders.query(`update orders set user_id = '' where id = '${IDS.confirmed}'`);
    const { code, output } = await verify({ orders: orders.url }, '--orders');
    await orders.drop('broken');
    expect(output).toContain(
      `    order-text: order ${IDS.confirmed}: expected a customer of 1 to 128 characters`,
    );
    expect(output).toMatch(/\nFAIL: 1 difference \(order-text 1\)\.\n$/);
    expect(code).toBe(1);
  });

  it("states why Orders' database cannot be verified, and exits with 2", async () => {
    const { code, errors } = await verify({ orders: history.inventory.url }, '--orders');
    expect(errors).toContain('The Orders database 127.0.0.1:');
    expect(errors).toContain('npm run db:migrate -- orders');
    expect(code).toBe(2);
  });
});
