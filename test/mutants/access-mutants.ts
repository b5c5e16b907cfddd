import type { Mutant } from './mutant';

const ACCESS = 'apps/orders/src/access';
const VERIFIER = `${ACCESS}/token-verifier.service.ts`;
const KEYS = `${ACCESS}/signing-keys.service.ts`;
const GUARD = `${ACCESS}/access.guard.ts`;
const OWNERSHIP = `${ACCESS}/ownership.ts`;
const CLAIMS = `${ACCESS}/token-claims.ts`;
const ORDER = 'apps/orders/src/order';
const onTokens = { project: 'unit', tests: 'token-verifier' } as const;
const onKeys = { project: 'unit', tests: 'signing-keys' } as const;
const onGuard = { project: 'unit', tests: 'access.guard' } as const;
const onOwnership = { project: 'unit', tests: 'access/ownership' } as const;
const onOwnershipOfOrders = { project: 'db', tests: 'order-ownership.db' } as const;
const onAuthorization = { project: 'e2e', tests: 'e2e/authorization' } as const;
const onAuthentication = { project: 'e2e', tests: 'e2e/authentication.spec' } as const;

/** Guards of authentication and authorization: who is let in, and to whose orders. */
export const ACCESS_MUTANTS: readonly Mutant[] = [
  {
    what: 'access: tokens: any algorithm of the library is accepted',
    file: VERIFIER,
    edits: [['      algorithms: [...algorithms],\n', '']],
    ...onTokens,
  },
  {
    what: 'access: tokens: a token for another audience is accepted',
    file: VERIFIER,
    edits: [['      audience,\n', '']],
    ...onTokens,
  },
  {
    what: 'access: tokens: a token of another issuer is accepted',
    file: VERIFIER,
    edits: [['      issuer,\n', '']],
    ...onTokens,
  },
  {
    what: 'access: tokens: a token without an expiry is accepted',
    file: VERIFIER,
    edits: [["requiredClaims: ['exp', 'sub']", "requiredClaims: ['sub']"]],
    ...onTokens,
  },
  {
    what: 'access: tokens: a token of another type is accepted',
    file: VERIFIER,
    edits: [['if (!hasAccessType(protectedHeader.typ))', 'if (protectedHeader.typ === null)']],
    ...onTokens,
  },
  {
    what: 'access: tokens: a remembered token outlives its expiry',
    file: VERIFIER,
    edits: [['cached && nowMs < cached.expiresAtMs ?', 'cached ?']],
    ...onTokens,
  },
  {
    what: 'access: tokens: no verified token is remembered',
    file: VERIFIER,
    edits: [['    this.verified.set(digestOf(token), verified, nowMs);\n', '']],
    ...onTokens,
  },
  {
    what: 'access: tokens: a subject that is not composed becomes another customer',
    file: CLAIMS,
    edits: [["if (sub !== inForm('NFC', sub))", 'if (sub === null)']],
    project: 'unit',
    tests: 'token-claims',
  },
  {
    what: 'access: keys: every unknown key id causes a fetch',
    file: KEYS,
    edits: [
      ['if (!this.fetching && isTooSoon) return false;', 'if (isTooSoon === null) return false;'],
    ],
    ...onKeys,
  },
  {
    what: 'access: keys: a failed fetch loses the keys',
    file: KEYS,
    edits: [
      [
        '      this.isCurrent = false;\n',
        '      this.isCurrent = false;\n      this.keys = undefined;\n',
      ],
    ],
    ...onKeys,
  },
  {
    what: 'access: keys: redirects are followed',
    file: `${ACCESS}/signing-keys.client.ts`,
    edits: [["redirect: 'manual'", "redirect: 'follow'"]],
    ...onKeys,
  },
  {
    what: 'access: keys: the response of the key server has no limit',
    file: `${ACCESS}/signing-keys.client.ts`,
    edits: [['if (bytes > MAX_BYTES)', 'if (bytes > 1e9)']],
    ...onKeys,
  },
  {
    what: 'access: guard: a caller without the scope is let in',
    file: GUARD,
    edits: [
      ['if (!access.some((scope) => allows(principal, scope)))', 'if (principal.kind === null)'],
    ],
    ...onGuard,
  },
  {
    what: 'access: guard: a caller without credentials is let in',
    file: GUARD,
    edits: [['if (principal === UNAUTHENTICATED) throw credentialsMissing();\n', '']],
    ...onGuard,
  },
  {
    what: 'access: guard: a handler without a statement is open',
    file: GUARD,
    edits: [['accessOf(handler) ?? []', "accessOf(handler) ?? 'public'"]],
    ...onGuard,
  },
  {
    what: 'access: guard: a route has no guard',
    file: 'apps/orders/src/http-server.ts',
    edits: [['  app.useGlobalGuards(new AccessGuard());', '  new AccessGuard();']],
    ...onAuthorization,
  },
  {
    what: 'access: guard: the body is parsed before the caller is known',
    file: 'apps/orders/src/http-server.ts',
    edits: [
      ['  if (requiresAuthentication(config)) requireCredentials(app, config);\n', ''],
      [
        '  app.use(admission.count);\n',
        '  if (requiresAuthentication(config)) requireCredentials(app, config);\n  app.use(admission.count);\n',
      ],
    ],
    ...onAuthentication,
  },
  {
    what: 'access: owner: a customer names another customer in a new order',
    file: OWNERSHIP,
    edits: [['throw otherCustomer();', 'return named;']],
    ...onOwnership,
  },
  {
    what: 'access: owner: a customer is not restricted to its own orders',
    file: OWNERSHIP,
    edits: [['return isCustomer ? principal.subject : undefined;', 'return undefined;']],
    ...onOwnership,
  },
  {
    what: 'access: owner: a customer reads and changes the orders of others',
    file: `${ORDER}/order.service.ts`,
    edits: [['if (order && maySee(by, order)) return order;', 'if (order) return order;']],
    ...onOwnershipOfOrders,
  },
  {
    what: 'access: owner: a customer reads the timelines of others',
    file: 'apps/orders/src/timeline/timeline.repository.ts',
    edits: [['where id = $1 and user_id = $2', 'where id = $1 and $2::text is not null']],
    ...onAuthorization,
  },
  {
    what: 'access: owner: a customer lists the orders of others',
    file: `${ORDER}/order.controller.ts`,
    edits: [
      [
        'DEFAULT_PAGE_SIZE), userId }',
        "DEFAULT_PAGE_SIZE), userId: userId === '' ? userId : query.userId }",
      ],
    ],
    ...onAuthorization,
  },
  {
    what: 'access: owner: a customer follows the orders of others',
    file: 'apps/orders/src/events/order-events.controller.ts',
    edits: [
      ['owner === undefined || owner === event.userId', "owner !== event.userId || owner === ''"],
    ],
    ...onAuthorization,
  },
  {
    what: 'access: keys of orders: staff shares the idempotency keys of customers',
    file: `${ORDER}/idempotency-key.ts`,
    edits: [['caller === undefined || caller === userId', 'caller !== null']],
    project: 'unit',
    tests: 'order/idempotency-key',
  },
  {
    what: 'access: actor: staff passes for the customer in a new order',
    file: `${ORDER}/order.repository.ts`,
    edits: [
      ["coalesce($14::jsonb ->> id::text, 'CUSTOMER')", "coalesce($14::text || null, 'CUSTOMER')"],
    ],
    ...onOwnershipOfOrders,
  },
  {
    what: 'access: actor: requests of staff add failed attempts without limit',
    file: `${ORDER}/order.repository.ts`,
    edits: [["transition.actor <> 'SYSTEM' and", "transition.actor = 'CUSTOMER' and"]],
    ...onOwnershipOfOrders,
  },
  {
    what: 'access: streams: a stream outlives the credentials of its caller',
    file: `${ACCESS}/lasting-access.ts`,
    edits: [['if (isUnauthenticated(error)) end();', ';']],
    project: 'unit',
    tests: 'lasting-access',
  },
];
