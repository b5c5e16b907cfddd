import { escapeIdentifier, escapeLiteral } from 'pg';

/** How values are written and read. pg parses these forms only. */
const FORMATS = {
  datestyle: 'ISO, MDY',
  intervalstyle: 'postgres',
  timezone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: '1',
  // Off, a null in an array parameter would become the text NULL.
  array_nulls: 'on',
  standard_conforming_strings: 'on',
  transform_null_equals: 'off',
};

/**
 * A prepared plan is kept for the life of a connection. With enable_seqscan=off, a plan made while a
 * table was small does not scan it after it has grown. Before Postgres 18, a scan that cannot be avoided
 * then looks expensive enough for JIT compilation, hence jit=off.
 *
 * With generic plans Postgres does not plan small groups anew each time: 480 instead of 770 µs for an
 * order alone, 101 instead of 143 µs in groups of 8 (npm run bench -- plans).
 */
const PLANS = {
  enable_seqscan: 'off',
  jit: 'off',
  plan_cache_mode: 'force_generic_plan',
  // An administrator's experiment with these would make every statement scan or sort whole tables.
  enable_indexscan: 'on',
  enable_indexonlyscan: 'on',
  enable_bitmapscan: 'on',
  enable_nestloop: 'on',
  enable_hashjoin: 'on',
  enable_sort: 'on',
  enable_material: 'on',
  join_collapse_limit: '8',
  from_collapse_limit: '8',
};

const TRANSACTIONS = {
  // Each statement sees what was committed before it. The order of locks relies on that.
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  // A warning tells that an administrator has cancelled a commit's wait for its standby.
  client_min_messages: 'warning',
  // Otherwise any error, such as a duplicate key, would end the session.
  exit_on_error: 'off',
  // The statement timeout bounds every wait, also one for a lock.
  lock_timeout: '0',
  transaction_timeout: '0',
  idle_session_timeout: '0',
};

export interface SessionOptions {
  /** Timeout of one statement. */
  readonly timeoutMs: number;
  /** The schema that contains the tables. */
  readonly schema: string;
}

/**
 * SQL for work that takes long and reads whole tables, by a command or a migration. It follows the SQL of
 * `settingsSql`.
 */
export const LONG_WORK_SQL = `
  set statement_timeout = 0; set idle_in_transaction_session_timeout = 0;
  set enable_seqscan = on; set plan_cache_mode = auto`;

/**
 * Returns SQL that sets everything the code relies on and an administrator can change for a server, a
 * database or a role. `scope` says how long it applies. A name that this version of Postgres does not
 * have is skipped. docs/operations.md lists the settings that are harmless.
 */
export const settingsSql = (
  { timeoutMs, schema }: SessionOptions,
  scope: 'session' | 'transaction',
): string => {
  const settings = {
    ...FORMATS,
    ...PLANS,
    ...TRANSACTIONS,
    statement_timeout: String(timeoutMs),
    // Releases the locks of a service that was frozen within a transaction.
    idle_in_transaction_session_timeout: String(2 * timeoutMs),
    search_path: `${escapeIdentifier(schema)}, pg_temp`,
  };
  const isLocal = String(scope === 'transaction');
  const rows = Object.entries(settings).map(
    ([name, value]) => `(${escapeLiteral(name)}, ${escapeLiteral(value)})`,
  );
  return `
    select set_config(new.name, new.value, ${isLocal})
      from (values ${rows.join(', ')}) as new (name, value)
     where current_setting(new.name, true) is not null
    union all
    select set_config('synchronous_commit', ${DURABLE_COMMIT}, ${isLocal})`;
};

/**
 * `off` confirms commits that a crash of Postgres loses. `local` waits until the commit is on the disk of
 * this server. Every other value is at least as strict, and the administrator's choice. It is set, too, so
 * that a later `off` does not reach this session.
 */
const DURABLE_COMMIT = `
  case current_setting('synchronous_commit') when 'off' then 'local'
       else current_setting('synchronous_commit') end`;
