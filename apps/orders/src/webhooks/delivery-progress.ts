import type { AttemptOutcome, DeliveryStatus } from './delivery';

/** What is to be written about one delivery. */
export interface DeliveryRecord {
  readonly id: string;
  readonly key: string;
  readonly status: DeliveryStatus;
  /** Until the next attempt of one that is RETRYING; null otherwise. */
  readonly pauseMs: number | null;
  readonly responseCode: number | null;
  readonly error: string | null;
}

/** An event that is written as a delivery for the first time. */
export interface NewDeliveryRecord extends DeliveryRecord {
  readonly position: number;
  readonly ref: string;
  readonly type: string;
  /** 0 for one that waits behind others, 1 otherwise. */
  readonly attempts: number;
}

/** What has happened at a webhook since it was written last. */
export interface DeliveryNews {
  readonly recorded: readonly NewDeliveryRecord[];
  /** Outcomes of deliveries that were RETRYING. */
  readonly retried: readonly DeliveryRecord[];
  /** Whether an attempt has succeeded, or all have failed. Undefined if the database knows. */
  readonly health: 'succeeded' | 'failed' | undefined;
  /** Whether the retries that wait are to be made soon, since the webhook works again. */
  readonly retrySoon: boolean;
}

/** Successful first attempts of one transaction that are written, to be looked up. */
const MAX_SAMPLES = 10;
/** After a failure for so long, the first success says that the webhook works again. */
const OUTAGE_MS = 30_000;

/** Collects what has happened at one webhook until it is written. */
export class DeliveryProgress {
  private recorded: NewDeliveryRecord[] = [];
  private retried: DeliveryRecord[] = [];
  private samples = 0;
  private hasSucceeded = false;
  private hasFailed = false;

  /** `failingSince`: the first failure since the last success; null if the last attempt succeeded. */
  constructor(private failingSince: Date | null) {}

  get isEmpty(): boolean {
    return this.recorded.length + this.retried.length === 0;
  }

  /** Whether the last attempts have only failed. */
  get isFailing(): boolean {
    return this.failingSince !== null;
  }

  /** How many deliveries wait that are not written yet. */
  get waitingCount(): number {
    return this.recorded.filter(({ status }) => status !== 'DELIVERED').length;
  }

  /** Keys of which a delivery waits that is not written yet. */
  get waitingKeys(): string[] {
    return this.recorded.filter(({ status }) => status !== 'DELIVERED').map(({ key }) => key);
  }

  /** Adds deliveries that wait. */
  addWaiting(records: readonly NewDeliveryRecord[]): void {
    this.recorded.push(...records);
  }

  /** Adds a first attempt that has succeeded. Of many only the first are written. */
  addDelivered(record: NewDeliveryRecord): void {
    this.samples += 1;
    if (this.samples <= MAX_SAMPLES) this.recorded.push(record);
  }

  addRetried(record: DeliveryRecord): void {
    this.retried.push(record);
  }

  recordAttempt({ isDelivered }: Pick<AttemptOutcome, 'isDelivered'>): void {
    if (isDelivered) this.hasSucceeded = true;
    else this.hasFailed = true;
  }

  /** Returns what is to be written. */
  news(nowMs: number): DeliveryNews {
    const { recorded, retried, failingSince, hasSucceeded, hasFailed } = this;
    const isRecovery = hasSucceeded && failingSince !== null;
    const isOutage = !hasSucceeded && hasFailed && failingSince === null;
    const changed = isRecovery ? 'succeeded' : undefined;
    return {
      recorded: [...recorded],
      retried: [...retried],
      health: isOutage ? 'failed' : changed,
      retrySoon: isRecovery && nowMs - failingSince.getTime() > OUTAGE_MS,
    };
  }

  /** Says that this is written. */
  markWritten({ recorded, retried, health }: DeliveryNews, nowMs: number): void {
    this.recorded.splice(0, recorded.length);
    this.retried.splice(0, retried.length);
    this.samples = 0;
    this.hasSucceeded = false;
    this.hasFailed = false;
    if (health === 'succeeded') this.failingSince = null;
    if (health === 'failed') this.failingSince = new Date(nowMs);
  }
}
