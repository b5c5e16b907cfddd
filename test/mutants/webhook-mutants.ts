import type { Mutant } from './mutant';

const WEBHOOKS = 'apps/orders/src/webhooks';
const delivering = { project: 'slow', tests: 'test/db/webhooks.slow' } as const;
const recording = { project: 'slow', tests: 'test/db/webhook-records.slow' } as const;
const unit = { project: 'unit', tests: WEBHOOKS } as const;

/** Guards of the delivery to webhooks. */
export const WEBHOOK_MUTANTS: readonly Mutant[] = [
  {
    what: 'webhook: an earlier holder of the cursor records deliveries',
    file: `${WEBHOOKS}/webhook-delivery.repository.ts`,
    edits: [['if (!renewed) return undefined;', '']],
    ...recording,
  },
  {
    what: 'webhook: an event that has failed lets later ones of its order pass',
    file: `${WEBHOOKS}/webhook-attempts.service.ts`,
    edits: [
      ['const [, ...later] = this.window.removeKey(item.key);', 'this.window.finish(item);'],
      [
        'progress.addWaiting([toRecord(item, outcome, pauseMs), ...later.map(toQueued)]);',
        'progress.addWaiting([toRecord(item, outcome, pauseMs)]);',
      ],
    ],
    ...delivering,
  },
  {
    what: 'webhook: events that are read later do not wait for one that has failed',
    file: `${WEBHOOKS}/webhook-deliverer.service.ts`,
    edits: [
      [
        'const blocked = await deliveries.blockedKeys(this.target.id, keys);',
        'const blocked = await deliveries.blockedKeys(this.target.id, keys.slice(keys.length));',
      ],
    ],
    ...delivering,
  },
  {
    what: 'webhook: an event that waits for one that was just delivered is forgotten',
    file: `${WEBHOOKS}/webhook-delivery.repository.ts`,
    edits: [['await promoteNext(tx, endpointId, keys);', '']],
    ...recording,
  },
  {
    what: 'webhook: a discarded delivery is retried after an attempt in flight',
    file: `${WEBHOOKS}/webhook-delivery.repository.ts`,
    edits: [
      [
        "where d.endpoint_id = $1 and d.id = done.id and d.status = 'RETRYING'`",
        'where d.endpoint_id = $1 and d.id = done.id`',
      ],
    ],
    ...recording,
  },
  {
    what: 'webhook: any number of deliveries waits',
    file: `${WEBHOOKS}/webhook-deliverer.service.ts`,
    edits: [['const MAX_WAITING = 10_000;', 'const MAX_WAITING = 10_000_000;']],
    ...delivering,
  },
  {
    what: 'webhook: private addresses are allowed',
    file: `${WEBHOOKS}/webhook-delivery.client.ts`,
    edits: [
      ['allowPrivateIPAddress: options.allowPrivate', 'allowPrivateIPAddress: true'],
      ['allowMetaIPAddress: options.allowPrivate', 'allowMetaIPAddress: true'],
    ],
    ...unit,
  },
  {
    what: 'webhook: the body of a response has no limit',
    file: `${WEBHOOKS}/webhook-delivery.client.ts`,
    edits: [
      ['if (bytes > MAX_BODY_BYTES) response.destroy();', ''],
      ['const timer = setTimeout(() => response.destroy(), MAX_BODY_MS);', 'let timer;'],
    ],
    ...unit,
  },
  {
    what: 'webhook: a closed connection that was kept open counts as a failure',
    file: `${WEBHOOKS}/webhook-delivery.client.ts`,
    edits: [['if (error instanceof StaleConnectionError) return attempt();', '']],
    ...unit,
  },
  {
    what: 'webhook: the old secret does not sign during a rotation',
    file: `${WEBHOOKS}/webhook-signature.ts`,
    edits: [['secrets.map((secret) => ', 'secrets.slice(0, 1).map((secret) => ']],
    ...unit,
  },
  {
    what: 'webhook: two events of a key are in flight',
    file: `${WEBHOOKS}/delivery-window.ts`,
    edits: [['this.ready.delete(key);\n      return', 'return']],
    ...unit,
  },
  {
    what: 'webhook: the cursor passes events that are not done',
    file: `${WEBHOOKS}/delivery-window.ts`,
    edits: [['return first === undefined ? this.readTo : first - 1;', 'return this.readTo;']],
    ...unit,
  },
];
