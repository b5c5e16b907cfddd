import type { Mutant } from './mutant';

const ACCESS = 'apps/inventory/src/grpc/client-access.ts';
const BROWSERS = 'apps/orders/src/http/browser-safety.ts';
const overTls = { project: 'slow', tests: 'e2e/tls\\.slow' } as const;
const inBrowsers = { project: 'slow', tests: 'browser-safety' } as const;
const onLimiters = { project: 'unit', tests: 'limits/limiters' } as const;

/** Guards against other programs, other pages, and readers of logs. */
export const SECURITY_MUTANTS: readonly Mutant[] = [
  {
    what: 'tls: the names in the certificates of clients are not checked',
    file: ACCESS,
    edits: [['if (isRefused(this.calls, names) && !path', 'if (path === "" && !path']],
    ...overTls,
  },
  {
    what: 'tls: every client may adjust stock',
    file: ACCESS,
    edits: [['ADJUSTMENTS.has(path) && isRefused(this.adjustments, names)', 'path === ""']],
    ...overTls,
  },
  {
    what: 'tls: clients need no certificate',
    file: 'apps/inventory/src/grpc/server-security.ts',
    edits: [['    certificates.hasCa,\n  );', '    false,\n  );']],
    ...overTls,
  },
  {
    what: 'tls: a half-written file is used',
    file: 'libs/tls/src/tls-certificates.ts',
    edits: [['      this.leaf = checkTlsContents(this.files, contents, this.end);\n', '']],
    project: 'slow',
    tests: 'tls-files',
  },
  {
    what: 'tls: a client without a certificate is believed about the acting subject',
    file: 'apps/inventory/src/grpc/request-ids.ts',
    edits: [['encoded !== undefined && clientNameOf(call) !== undefined', 'encoded !== undefined']],
    project: 'slow',
    tests: 'request-context',
  },
  {
    what: 'browsers: a page may reach Orders under a name of its own',
    file: BROWSERS,
    edits: [['if (!isOwn && !names.has(name)) return false;', '']],
    ...inBrowsers,
  },
  {
    what: 'browsers: a page of another origin may cancel an order',
    file: BROWSERS,
    edits: [['return SAFE_METHODS.has(request.method) ||', 'return request.method !== "" ||']],
    ...inBrowsers,
  },
  {
    what: 'secrets: an error shows a database URL with a password that is not recognized',
    file: 'libs/config/src/config.ts',
    edits: [['SECRET.test(name) && !isPasswordHidden(shown) ? undefined : shortened', 'shortened']],
    project: 'unit',
    tests: 'config/src/config',
  },
  {
    what: 'limits: a caller may make any number of requests',
    file: 'apps/orders/src/http/caller-limits.ts',
    edits: [['next(rateLimited(budget, limit.max, rejection.msBeforeNext));', 'next();']],
    project: 'slow',
    tests: 'caller-limits',
  },
  {
    what: 'limits: a caller may hold all places for streams',
    file: 'apps/orders/src/http/open-streams.ts',
    edits: [['if (isScarce && ', 'if (!isScarce && isScarce && ']],
    project: 'unit',
    tests: 'http/open-streams.spec',
  },
  {
    what: 'limits: a caller gets no place of its streams back',
    file: 'apps/orders/src/http/open-streams.ts',
    edits: [
      ['    if (left > 0) this.byCaller.set(caller, left);\n', '    if (left > -1) return;\n'],
    ],
    project: 'unit',
    tests: 'http/open-streams.spec',
  },
  {
    what: 'limits: an address may send any number of wrong credentials',
    file: 'apps/orders/src/access/failed-attempts.service.ts',
    edits: [['if (failures && left <= 0) throw', 'if (failures && left <= -Infinity) throw']],
    project: 'unit',
    tests: 'failed-attempts',
  },
  {
    what: 'limits: a burst of wrong credentials is verified whole',
    file: 'apps/orders/src/access/failed-attempts.service.ts',
    edits: [['verifications.running < left', 'left > 0']],
    project: 'unit',
    tests: 'failed-attempts',
  },
  {
    what: 'limits: wrong credentials of others lock out a caller that was valid lately',
    file: 'apps/orders/src/access/authenticate.middleware.ts',
    edits: [['this.validLately.set(digest, true, performance.now());', '']],
    project: 'unit',
    tests: 'authenticate.middleware',
  },
  {
    what: 'limits: a revoked key may be tried without limit',
    file: 'apps/orders/src/access/authenticate.middleware.ts',
    edits: [['this.validLately.delete(digest);', ';']],
    project: 'unit',
    tests: 'authenticate.middleware',
  },
  {
    what: 'limits: an error of Redis opens no circuit',
    file: 'apps/orders/src/limits/limits-redis.service.ts',
    edits: [['if (!(error instanceof RateLimiterRes)) this.lose(error);', '']],
    ...onLimiters,
  },
  {
    what: 'limits: a reply of Redis is late while the process is busy',
    file: 'apps/orders/src/limits/limits-redis.service.ts',
    edits: [
      ['setImmediate(() => reject(', '(() => reject('],
      ['ms`)));', 'ms`)))();'],
    ],
    ...onLimiters,
  },
  {
    what: 'limits: a request waits for Redis however long it takes',
    file: 'apps/orders/src/limits/limits-redis.service.ts',
    edits: [['setImmediate(() => reject(', 'setImmediate(() => void (']],
    ...onLimiters,
    hangs: true,
  },
  {
    what: 'limits: a key in Redis names the caller',
    file: 'apps/orders/src/limits/limiters.service.ts',
    edits: [["hash('sha256', key, 'base64url')", 'key']],
    ...onLimiters,
  },
];
