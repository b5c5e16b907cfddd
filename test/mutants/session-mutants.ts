import type { Mutant } from './mutant';

const POSTGRES = 'libs/postgres/src';

/** Guards of the sessions: settings, servers, errors, and whether the database takes writes. */
export const SESSION_MUTANTS: readonly Mutant[] = [
  {
    what: "session: an administrator's format of times is kept",
    file: `${POSTGRES}/session-settings.ts`,
    edits: [["  datestyle: 'ISO, MDY',\n", '']],
    project: 'e2e',
    tests: 'e2e/session-settings',
  },
  {
    what: 'session: nulls in arrays can be text',
    file: `${POSTGRES}/session-settings.ts`,
    edits: [["  array_nulls: 'on',\n", '']],
    project: 'e2e',
    tests: 'e2e/session-settings',
  },
  {
    what: 'session: an administrator can hide that a commit is not durable',
    file: `${POSTGRES}/session-settings.ts`,
    edits: [["  client_min_messages: 'warning',\n", '']],
    project: 'db',
    tests: 'session.db',
  },
  {
    what: 'session: commits that a crash loses are confirmed',
    file: `${POSTGRES}/session-settings.ts`,
    edits: [["when 'off' then 'local'", "when 'off' then 'off'"]],
    project: 'db',
    tests: 'session.db',
  },
  {
    what: 'session: a stricter durability is lowered',
    file: `${POSTGRES}/session-settings.ts`,
    edits: [["else current_setting('synchronous_commit') end", "else 'local' end"]],
    project: 'db',
    tests: 'session.db',
  },
  {
    what: 'session: a former primary that came back is used',
    file: `${POSTGRES}/session-factory.ts`,
    edits: [['if (timeline < latest) {', 'if (timeline < 0) {']],
    project: 'unit',
    tests: 'libs/postgres',
  },
  {
    what: 'session: any encoding is accepted',
    file: `${POSTGRES}/session-check.ts`,
    edits: [["if (encoding !== 'UTF8')", "if (encoding === '')"]],
    project: 'db',
    tests: 'session.db',
  },
  {
    what: 'session: triggers may be off',
    file: `${POSTGRES}/session-check.ts`,
    edits: [["if (replicationRole === 'origin') return;", "if (replicationRole !== '') return;"]],
    project: 'db',
    tests: 'session.db',
  },
  {
    what: 'session: one schema of several is taken by chance',
    file: `${POSTGRES}/schema-search.ts`,
    edits: [['only !== undefined && others.length === 0', 'only !== undefined']],
    project: 'db',
    tests: 'session.db',
  },
  {
    what: 'session: the next server is never tried',
    file: `${POSTGRES}/session-factory.ts`,
    edits: [['if (attempt >= this.serverCount) throw error;', 'throw error;']],
    project: 'db',
    tests: 'session.db',
  },
  {
    what: 'errors: a lock timeout is a fault',
    file: `${POSTGRES}/postgres-errors.ts`,
    edits: [["  '55': 'unavailable',", "  '55': 'fault',"]],
    project: 'unit',
    tests: 'postgres-errors',
  },
  {
    what: 'errors: a session on a read-only server is kept',
    file: `${POSTGRES}/postgres-errors.ts`,
    edits: [["['0A000', '25006', '26000', '42P05']", "['0A000', '26000', '42P05']"]],
    project: 'unit',
    tests: 'postgres-errors',
  },
  {
    what: 'errors: a single statement does not retry a deadlock',
    file: `${POSTGRES}/database.ts`,
    edits: [
      [
        'translateWriteErrors(() =>\n      withRetry(() => runAlone<Row>(this.connections, statement, parameters)),',
        'translateWriteErrors(() =>\n      runAlone<Row>(this.connections, statement, parameters),',
      ],
    ],
    project: 'db',
    tests: 'write-gate.db',
  },
  {
    what: 'gate: writes go on while none can succeed',
    file: `${POSTGRES}/database.ts`,
    edits: [
      [
        'if (!this.gate.isOpen) throw databaseUnavailable();\n    return this.translateErrors(async',
        'return this.translateErrors(async',
      ],
    ],
    project: 'db',
    tests: 'write-gate.db',
  },
  {
    what: 'gate: an instance is ready while no write can succeed',
    file: `${POSTGRES}/database.ts`,
    edits: [
      [
        'if (!this.gate.isOpen) throw databaseUnavailable();\n    this.ongoingCheck',
        'this.ongoingCheck',
      ],
    ],
    project: 'db',
    tests: 'write-gate.db',
  },
  {
    what: 'gate: one frozen backend shuts it',
    file: `${POSTGRES}/write-gate.ts`,
    edits: [
      [
        'if (areWritesImpossible(error)) this.shut(error);',
        'if (areWritesImpossible(error) || hasTimedOut(error)) this.shut(error);',
      ],
    ],
    project: 'db',
    tests: 'reservation-races.db',
  },
  {
    what: 'gate: a server that reports no statements keeps all probes',
    file: `${POSTGRES}/reserved-connection.ts`,
    edits: [["and wait_event = 'SyncRep'`", "and wait_event = 'SyncRep' and query = 'commit'`"]],
    project: 'db',
    tests: 'write-gate.db',
  },
  {
    what: 'gate: a commit whose wait was cancelled is confirmed',
    file: `${POSTGRES}/pipelined-transaction.ts`,
    edits: [['if (warning !== undefined) throw', "if (warning === 'none') throw"]],
    project: 'db',
    tests: 'write-gate.db',
  },
  {
    what: 'gate: any warning is taken for a cancelled wait',
    file: `${POSTGRES}/pipelined-transaction.ts`,
    edits: [['code === WARNING && routine === CANCELLED_WAIT', 'code === WARNING || !routine']],
    project: 'db',
    tests: 'write-gate.db',
  },
  {
    what: 'gate: writes go on while the server does not apply the guards',
    file: `${POSTGRES}/database.ts`,
    edits: [['if (isUnsuitable(error)) this.gate', 'if (!isUnsuitable(error)) this.gate']],
    project: 'db',
    tests: 'write-gate.db',
  },
  {
    what: 'gate: it opens while the server does not apply the guards',
    file: `${POSTGRES}/reserved-connection.ts`,
    edits: [
      [
        'assertGuarded(replicationRole);\n      this',
        'assertGuarded(replicationRole && "origin");\n      this',
      ],
    ],
    project: 'db',
    tests: 'write-gate.db',
  },
  {
    what: 'gate: an instance whose role lacks a privilege is ready',
    file: `${POSTGRES}/database.ts`,
    edits: [
      ['if (state.missingPrivileges.length > 0)', 'if (state.missingPrivileges.length > 99)'],
    ],
    project: 'db',
    tests: 'write-gate.db',
  },
  {
    what: 'clock: ids have the time of the process',
    file: 'apps/orders/src/clock/clock.service.ts',
    edits: [
      ['Math.round(referenceTime(this.clocks()))', 'Date.now() + 0 * referenceTime(this.clocks())'],
    ],
    project: 'slow',
    tests: 'e2e/clock',
  },
  {
    what: "clock: ids have the time of Orders' database, even if it is wrong",
    file: 'apps/orders/src/clock/reference-time.ts',
    edits: [['  return median;', '  return ordersDatabase;']],
    project: 'unit',
    tests: 'reference-time',
  },
];
