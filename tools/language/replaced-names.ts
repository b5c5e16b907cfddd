/** A name that this project used once, and the standard term that replaced it. */
export interface ReplacedName {
  readonly was: string;
  readonly use: string;
  /**
   * `any`: no identifier and no string literal has this name. `declaration`: no function, method, class,
   * type or constant is called that, while an interface that is not ours (a stream's `end`, a field of
   * the proto) may be.
   */
  readonly scope: 'any' | 'declaration';
}

const replaced = (scope: ReplacedName['scope'], names: Record<string, string>): ReplacedName[] =>
  Object.entries(names).map(([was, use]) => ({ was, use, scope }));

/** Every replaced identifier. docs/development.md has the rules for new ones. */
export const REPLACED_NAMES: readonly ReplacedName[] = [
  ...replaced('any', {
    settler: 'reconciler',
    settling: 'reconciliation',
    OrderSettler: 'OrderReconciler',
    SettlingService: 'ReconciliationService',
    OrderDriver: 'OrderProcessor',
    driveAll: 'advanceAll',
    driveOn: 'advance',
    DRIVES: 'CALL_BY_STATUS',
    stepFor: 'transitionFor',
    requestedStep: 'requestedTransition',
    retriedStep: 'retryTransition',
    StepSettings: 'OrderOptions',
    STEP_SETTINGS: 'ORDER_OPTIONS',
    Destination: 'TargetStatus',
    ANSWERS: 'TRANSITIONS_ON_REPLY',
    REQUESTS: 'TRANSITIONS_ON_REQUEST',
    LifeStatus: 'OrderStatus',
    LifeRequest: 'OrderRequest',
    silence: 'noResponse',
    unasked: 'skipped',
    UNASKED: 'SKIPPED',
    refusal: 'rejected',
    replyOfReservation: 'replyFromReservation',
    replyOfResult: 'replyFromBatchResult',
    replyOfFailure: 'replyFromFailure',
    POINTS: 'FAILPOINTS',
    POINT_CHANNEL: 'FAILPOINT_CHANNEL',
    untilWon: 'withTransactionRetry',
    Repeating: 'Poller',
    RepeatingOptions: 'PollerOptions',
    LOOK_EVERY_MS: 'POLL_INTERVAL_MS',
    everyMs: 'intervalMs',
    ExpendableClient: 'DiscardOnTimeoutClient',
    isAnswerless: 'isQueryTimeout',
    isAwaited: 'an AbortSignal',
    IsAwaited: 'an AbortSignal',
    Workspace: 'UnitOfWork',
    Facts: 'LockedState',
    AdjustmentFacts: 'LockedAdjustmentState',
    facts: 'metadata, state or context',
    lapse: 'expireIfDue',
    giveBack: 'releaseClaims',
    forgetTombstones: 'pruneTombstones',
    tryLockAll: 'tryAdvisoryLock',
    StockKnowledge: 'StockCache',
    becomeWhole: 'markComplete',
    ToldStock: 'StockView',
    Presence: 'InventoryAvailability',
    Reachability: 'OutageLog',
    gaveNoAnswer: 'recordDown',
    Bell: 'AsyncSignal',
    Tail: 'RecentMovements',
    FeedService: 'MovementPoller',
    TimelineFeed: 'a name for what it holds',
    isKnownAway: 'isUnavailable',
    InventoryAway: 'InventoryUnavailableError',
    InventoryClient: 'ReservationClient',
    callForAll: 'callEach',
    isForeseen: 'isExpected',
    isAside: 'isDiagnostic',
    Site: 'ServiceCluster',
    Fleet: 'ServiceCluster',
    Ours: 'ServiceCluster',
    TestSystem: 'ServiceCluster',
    Excuses: 'ExpectedErrors',
    Excuse: 'ExpectedError',
    storm: 'random faults',
    fulfil: 'fulfill',
  }),
  ...replaced('declaration', {
    point: 'failpoint',
    together: 'awaitPipelined',
    prepared: 'PreparedStatement',
    drive: 'advance',
    Step: 'OrderTransition',
    after: 'applyTransition',
    look: 'find or poll',
    ask: 'requestTransition',
    hear: 'fetch',
    away: 'unavailable',
    peers: 'baselines',
    excuses: 'expectedErrors',
  }),
];

/** Files and folders that were renamed with them. */
export const REPLACED_FILES: readonly string[] = [
  'order.settler.ts',
  'settling.service.ts',
  'order-driver.service.ts',
  'step.ts',
  'reply-of.ts',
  'order-answers.ts',
  'order.problems.ts',
  'inventory.client.ts',
  'inventory-client.module.ts',
  'stock.refresher.ts',
  'timeline.feed.ts',
  'point.ts',
  'points.ts',
  'at-point.cjs',
  'repeating.ts',
  'reachability.ts',
  'until-won.ts',
  'together.ts',
  'expendable-client.ts',
  'prepared.ts',
  'workspace.ts',
  'reservation.sweeper.ts',
  'bell.ts',
  'tail.ts',
  'feed.service.ts',
  'excuses.ts',
  'end.ts',
  'life.ts',
  'storm.ts',
  'fleet.ts',
  'site.ts',
  'ours.ts',
  'bench/peers',
  'bench/history',
  'test/reliability',
  'test/support',
];

/** A word that hides the actor or reads like a translation. */
export interface BannedPhrase {
  readonly pattern: RegExp;
  readonly remedy: string;
}

/** Applies to docs, comments and messages. The Unix account `nobody` is written in backticks or quotes. */
export const BANNED_PHRASES: readonly BannedPhrase[] = [
  {
    pattern: /(?<![`'"])\b(nobody|somebody|whoever|anybody|everybody)\b(?![`'"])/i,
    remedy: 'name the actor: the client, the caller, the reconciler, Inventory, Postgres',
  },
  { pattern: /\bGives\b/, remedy: 'write "Returns"' },
  { pattern: /\b(came of|comes of) /i, remedy: 'write "resulted in", "measured" or "returned"' },
  {
    pattern: /\bis known to be away\b/i,
    remedy: 'write "is unavailable" or "the circuit is open"',
  },
];
