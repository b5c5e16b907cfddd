import type { TestDatabase } from '../harness/databases';

/** Returns a copy of a database without constraints and triggers, so that it accepts corruptions. */
export const withoutConstraints = async (database: TestDatabase): Promise<TestDatabase> => {
  const unconstrained = await database.clone();
  await unconstrained.query(`
    do $$ declare guard record; begin
      for guard in select conrelid::regclass as name, conname from pg_constraint
                    where contype in ('c', 'f', 'p', 'u') and connamespace = 'public'::regnamespace
                    order by contype = 'p'
      loop execute format('alter table %s drop constraint %I', guard.name, guard.conname); end loop;
      for guard in select tgrelid::regclass as name from pg_trigger where not tgisinternal
      loop execute format('alter table %s disable trigger user', guard.name); end loop;
      for guard in select indexrelid::regclass as name from pg_index
                     join pg_class on pg_class.oid = indrelid
                    where indisunique and relnamespace = 'public'::regnamespace
      loop execute format('drop index %s', guard.name); end loop;
    end $$`);
  return unconstrained;
};
