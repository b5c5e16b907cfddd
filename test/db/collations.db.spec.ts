import { cloneDatabase } from '../harness/databases';

/** Text that is only compared for equality, and is not part of a key. */
const EXEMPT: Readonly<Record<string, string>> = {
  'migration.name': 'belongs to TypeORM',
  'reservation.state': 'a prepared statement of the version before returns it',
  'reservation_line.shortage': 'compared with constants only',
  'stock_movement.kind': 'compared with constants only',
  'stock_movement.reason': 'returned as it was sent',
  'stock_movement.actor': 'returned as it was sent',
};

describe.each(['orders', 'inventory'] as const)('text of %s', (app) => {
  const find = async (sql: string): Promise<string[]> => {
    const database = await cloneDatabase(app);
    const rows = await database.query<{ name: string }>(sql);
    await database.drop();
    return rows.map(({ name }) => name);
  };

  it('has the collation C in every index', async () => {
    const others = await find(
      `select distinct indexrelid::regclass::text as name
         from pg_index x
         join pg_class t on t.oid = x.indrelid and t.relnamespace = 'public'::regnamespace
        cross join unnest(x.indcollation) as key (collation_id)
        where collation_id not in (0, '"C"'::regcollation)`,
    );
    expect(others).toEqual([]);
  });

  it('has the collation C in every column, except those listed with a reason', async () => {
    const others = await find(
      `select t.relname || '.' || a.attname as name
         from pg_attribute a
         join pg_class t on t.oid = a.attrelid and t.relkind in ('r', 'p')
        where t.relnamespace = 'public'::regnamespace and a.attnum > 0 and not a.attisdropped
          and a.attcollation not in (0, '"C"'::regcollation)`,
    );
    expect(others.filter((name) => !(name in EXEMPT))).toEqual([]);
  });
});
