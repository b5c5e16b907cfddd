import type { Mutant } from './mutant';

/** Guards of passwords and of the roles of the databases. */
export const PRIVILEGE_MUTANTS: readonly Mutant[] = [
  {
    what: 'privilege: Orders may change timelines',
    file: 'apps/orders/src/database/orders.schema.ts',
    edits: [["order_event: ['select', 'insert']", "order_event: ['select', 'insert', 'update']"]],
    project: 'db',
    tests: 'orders-role',
  },
  {
    what: 'privilege: the embedded Postgres trusts connections',
    file: 'tools/embedded-postgres.ts',
    edits: [
      ['host  all          all  127.0.0.1/32  scram-sha-256', 'host all all 127.0.0.1/32 trust'],
    ],
    project: 'slow',
    tests: 'embedded-postgres',
  },
  {
    what: 'privilege: every user can read the password of the embedded Postgres',
    file: 'tools/private-files.ts',
    edits: [['PRIVATE_FILE_MODE = 0o600', 'PRIVATE_FILE_MODE = 0o644']],
    project: 'slow',
    tests: 'embedded-postgres',
  },
  {
    what: 'privilege: the well-known password of Inventory stays valid',
    file: 'tools/rotate-password.ts',
    edits: [["WELL_KNOWN = ['inventory_app']", 'WELL_KNOWN: readonly string[] = []']],
    project: 'slow',
    tests: 'embedded-postgres',
  },
  {
    what: 'privilege: the owner of a database is a superuser',
    file: 'tools/service-databases.ts',
    edits: [['login nosuperuser', 'login superuser']],
    project: 'slow',
    tests: 'embedded-postgres',
  },
  {
    what: 'privilege: a service may connect to the database of the other',
    file: 'tools/service-databases.ts',
    edits: [['    revoke connect on database ${service} from public;\n', '']],
    project: 'slow',
    tests: 'embedded-postgres',
  },
  {
    what: 'privilege: the log of Postgres has the password of a new role',
    file: 'libs/postgres/src/app-role.ts',
    edits: [['escapeLiteral(scramVerifier(password))', 'escapeLiteral(password)']],
    project: 'slow',
    tests: 'app-role-creation',
  },
  {
    what: "privilege: npm start passes the owner's password to the services",
    file: 'tools/service-env.ts',
    edits: [['HAS_PASSWORD = /_DATABASE_URL(_FILE)?$|', 'HAS_PASSWORD = /^$|']],
    project: 'unit',
    tests: 'service-env',
  },
  {
    what: 'privilege: running.json has the password of an external database',
    file: 'tools/instance.ts',
    edits: [['isEmbedded ? (each: string) => each : hidePassword', '(each: string) => each']],
    project: 'unit',
    tests: 'tools/instance',
  },
  {
    what: 'privilege: a command takes the password of another database',
    file: 'apps/cli/src/instance/settings-source.ts',
    edits: [[' && hidePassword(each) === value', '']],
    project: 'unit',
    tests: 'settings-source',
  },
];
