import type { Mutant } from './mutant';

const SESSION = 'libs/postgres/src/migration-session.ts';
const LOCK = 'libs/postgres/src/migration-lock.ts';
const COLLATION = 'apps/orders/src/database/migrations/1764400000000-text-collation.ts';
const MIGRATE = 'libs/postgres/src/migrate.ts';

/** Guards of migrations: orders never wait behind them. */
export const MIGRATION_MUTANTS: readonly Mutant[] = [
  {
    what: 'migration: it waits for its locks as long as others hold them',
    file: SESSION,
    edits: [
      ['set lock_timeout = ${SHORT_LOCK_WAIT_MS}', 'set lock_timeout = ${0 * SHORT_LOCK_WAIT_MS}'],
    ],
    project: 'slow',
    tests: 'migration-under-reader',
  },
  {
    what: 'migration: it is not retried after it waited for a lock',
    file: 'libs/postgres/src/lock-retry.ts',
    edits: [['hasCode(error, LOCK_NOT_AVAILABLE) ||', "LOCK_NOT_AVAILABLE === '' ||"]],
    project: 'slow',
    tests: 'migration-under-reader',
  },
  {
    what: 'migration: timeouts of an administrator end its statements',
    file: 'libs/postgres/src/session-settings.ts',
    edits: [['set statement_timeout = 0; set idle', 'set idle']],
    project: 'slow',
    tests: 'migration-under-reader',
  },
  {
    what: 'migration lock: a statement waits for it',
    file: LOCK,
    edits: [
      [
        'pg_try_advisory_lock(${MIGRATION_LOCK}) as',
        '(pg_advisory_lock(${MIGRATION_LOCK}) is not null) as',
      ],
    ],
    project: 'db',
    tests: 'migration-lock',
  },
  {
    what: 'migration lock: an instance with nothing to migrate needs it',
    file: MIGRATE,
    edits: [['if (await isUpToDate(dataSource, app)) return [];', '']],
    project: 'db',
    tests: 'migration-lock',
  },
  {
    what: 'migration lock: additional privileges are left because nothing is pending',
    file: MIGRATE,
    edits: [
      [
        'return arePrivilegesGranted(dataSource, app);',
        'return arePrivilegesGranted !== undefined;',
      ],
    ],
    project: 'db',
    tests: 'migration-lock',
  },
  {
    what: 'collation: keys are unique under the default collation',
    file: COLLATION,
    edits: [["setCollation(table, 'C')", "setCollation(table, 'default')"]],
    project: 'db',
    tests: 'collations.db',
  },
  {
    what: 'collation: a partial index is built anew under an exclusive lock',
    file: COLLATION,
    edits: [['orders_idempotency_key, orders_due,', 'orders_idempotency_key,']],
    project: 'slow',
    tests: 'text-collation',
  },
  {
    what: 'collation: duplicate keys are not reported',
    file: 'apps/orders/src/database/duplicate-keys.ts',
    edits: [['having count(*) > 1', 'having count(*) > 9']],
    project: 'slow',
    tests: 'text-collation',
  },
];
