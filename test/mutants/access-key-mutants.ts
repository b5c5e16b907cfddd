import type { Mutant } from './mutant';

const LIBRARY = 'libs/access/src';
const KEYS = 'apps/orders/src/api-keys';
const unit = { project: 'unit', tests: LIBRARY } as const;
const keys = { project: 'slow', tests: 'test/db/api-keys.slow' } as const;
const trail = { project: 'db', tests: 'test/db/audit-trail.db' } as const;

/** Guards of API keys and of the audit trail. */
export const ACCESS_KEY_MUTANTS: readonly Mutant[] = [
  {
    what: 'API key: the secret is not compared',
    file: `${LIBRARY}/api-key.ts`,
    edits: [['return isSame && storedHash', 'return storedHash']],
    ...unit,
  },
  {
    what: 'API key: the time of the comparison tells how much of the hash is right',
    file: `${LIBRARY}/api-key.ts`,
    edits: [
      [
        'timingSafeEqual(hashOfSecret(secret), storedHash ?? NO_HASH)',
        'hashOfSecret(secret).equals(storedHash ?? NO_HASH)',
      ],
    ],
    ...unit,
  },
  {
    what: 'API key: the secret is stored',
    file: `${LIBRARY}/api-key.ts`,
    edits: [
      [
        "createHash('sha256').update(secret).digest();",
        "Buffer.from(secret.padEnd(32, '.').slice(0, 32));",
      ],
    ],
    ...unit,
  },
  {
    what: 'API key: a revoked key is accepted',
    file: `${KEYS}/api-key-cache.service.ts`,
    edits: [['!isRight || key.isRevoked ||', '!isRight ||']],
    ...keys,
  },
  {
    what: 'API key: a revocation acts after half a minute',
    file: `${KEYS}/api-key-cache.service.ts`,
    edits: [['MAX_AGE_MS = 3_000', 'MAX_AGE_MS = 30_000']],
    ...keys,
  },
  {
    what: 'API key: an expired key is accepted while it is remembered',
    file: `${KEYS}/api-key-cache.service.ts`,
    edits: [[' || nowMs >= key.expiresAtMs', '']],
    ...keys,
  },
  {
    what: 'API key: each call with an invented key is a query',
    file: `${KEYS}/api-key-cache.service.ts`,
    edits: [['else this.unknown.set(prefix, true, sinceMs);', '']],
    ...keys,
  },
  {
    what: 'API key: to revoke a key again changes when it was revoked',
    file: `${LIBRARY}/api-key.repository.ts`,
    edits: [['coalesce(revoked_at, clock_timestamp())', 'clock_timestamp()']],
    ...keys,
  },
  {
    what: 'API key: each use is recorded',
    file: `${LIBRARY}/api-key.repository.ts`,
    edits: [
      [
        "k.last_used_at <= u.used_at - interval '${USE_INTERVAL_SECONDS} seconds'",
        'k.last_used_at <= u.used_at',
      ],
    ],
    ...keys,
  },
  {
    what: 'audit: Orders may change the trail',
    file: `${LIBRARY}/audit.entity.ts`,
    edits: [["audit_entry: ['select', 'insert']", "audit_entry: ['select', 'insert', 'update']"]],
    ...trail,
  },
  {
    what: 'audit: the owner may delete outcomes',
    file: `${LIBRARY}/audit.ddl.ts`,
    edits: [["TABLES = ['audit_entry', 'audit_outcome']", "TABLES = ['audit_entry']"]],
    ...trail,
  },
  {
    what: 'audit: a change is made although its attempt was not recorded',
    file: `${LIBRARY}/audit-trail.ts`,
    edits: [
      [
        'const position = await this.begin(attempt);',
        'const position = await this.begin(attempt).catch(() => 0);',
      ],
    ],
    ...unit,
  },
  {
    what: 'audit: a response does not wait until its outcome is recorded',
    file: 'apps/orders/src/audit/before-end.ts',
    edits: [
      ['void work(args[0]).then(() => end(...args));', 'void work(args[0]);\n      end(...args);'],
    ],
    project: 'unit',
    tests: 'apps/orders/src/audit',
  },
  {
    what: 'audit: a handler does not wait until its attempt is recorded',
    file: 'apps/orders/src/audit/audit.guard.ts',
    edits: [
      [
        'return this.record(attempt, http.getResponse<Response>());',
        'void this.record(attempt, http.getResponse<Response>()).catch(() => undefined);\n    return true;',
      ],
    ],
    project: 'unit',
    tests: 'apps/orders/src/audit',
  },
  {
    what: 'audit: text that was not validated is stored as it was sent',
    file: 'apps/orders/src/audit/audit.guard.ts',
    edits: [
      [
        'target: storable(targetOfPath(request.params as Record<string, string>)),',
        'target: targetOfPath(request.params as Record<string, string>),',
      ],
    ],
    project: 'unit',
    tests: 'apps/orders/src/audit',
  },
  {
    what: 'audit: calls of staff are not recorded',
    file: 'apps/orders/src/audit/audited-call.ts',
    edits: [["allows(principal, 'staff')", "allows(principal, 'admin')"]],
    project: 'unit',
    tests: 'apps/orders/src/audit',
  },
];
