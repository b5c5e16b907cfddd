import type { Mutant } from './mutant';

const WATCH = 'apps/inventory/src/watch';
const LEDGER = 'apps/inventory/src/stock/ledger.repository.ts';
const SUBSCRIPTIONS = `${WATCH}/subscription.service.ts`;
const WATCHER = `${WATCH}/watcher.service.ts`;
const onLoss = { project: 'db', tests: 'watch-lost.db' } as const;
const onWatcher = { project: 'unit', tests: 'watch/watcher.service.spec' } as const;

/** Guards of WatchStock against a ledger that has lost its latest movements. */
export const WATCH_MUTANTS: readonly Mutant[] = [
  {
    what: 'watch: another movement with the number of a lost one is not noticed',
    file: LEDGER,
    edits: [['is distinct from seen.occurred_at`', 'is null`']],
    ...onLoss,
  },
  {
    what: 'watch: movements that follow a lost one are sent',
    file: LEDGER,
    edits: [['case when m.seq = seen.seq + 1 then', 'case when m.seq < 0 then']],
    ...onLoss,
  },
  {
    what: 'watch: open streams are not checked',
    file: SUBSCRIPTIONS,
    edits: [['if (performance.now() >= this.verifyAtMs)', 'if (this.verifyAtMs < 0)']],
    ...onLoss,
  },
  {
    what: 'watch: open streams are not checked right after an outage',
    file: SUBSCRIPTIONS,
    edits: [['      this.verifyAtMs = 0;\n', '']],
    ...onLoss,
  },
  {
    what: 'watch: a lost position is accepted',
    file: `${WATCH}/watch.service.ts`,
    edits: [['if (lost.length > 0) throw historyChanged(lost);', 'void lost;']],
    ...onLoss,
  },
  {
    what: 'watch: a movement may start from another level',
    file: `${WATCH}/recent-movements.ts`,
    edits: [['movement.onHandAfter - movement.onHandDelta !== onHand ||', 'onHand < -1 ||']],
    project: 'unit',
    tests: 'recent-movements.spec',
  },
  {
    what: 'watch: a watcher that catches up does not notice a lost position',
    file: WATCHER,
    edits: [
      [
        'else if (lost.length > 0) this.historyLost(lost);',
        'else if (lost.length < 0) this.historyLost(lost);',
      ],
    ],
    ...onWatcher,
  },
  {
    what: 'watch: the end has positions of a lost history',
    file: WATCHER,
    edits: [['!first && !this.lostSkus.has(sku)', '!first && sku.length > 0']],
    ...onWatcher,
  },
];
