import { ServiceError } from '@app/errors';
import { currentSubject } from '@app/runtime';

/** The caller of a read. `aborted` may be computed when it is read. */
export type CallerSignal = Pick<AbortSignal, 'aborted'>;

export interface LaneOptions {
  /** Maximum number of reads at a time. */
  readonly slots: number;
  /** Maximum number of reads that wait for a slot. Further reads are rejected. */
  readonly maxQueued: number;
  /** A read that waited for longer is rejected. */
  readonly maxWaitMs: number;
  /** How long the lane rests after a millisecond of reads, while `mustYield`. */
  readonly restFactor: number;
  /** Whether the lane leaves the processor to other work. */
  readonly mustYield: () => boolean;
}

export interface LaneRequest {
  /** A read whose caller has gone is not begun. */
  readonly signal?: CallerSignal | undefined;
  /** For callers that limit their reads themselves. These reads come first and are never rejected. */
  readonly isLimited?: boolean;
  /**
   * One read at a time for all clients of this process, whose cost does not grow with their number. As `isLimited`,
   * and it does not wait for the end of a rest.
   */
  readonly isShared?: boolean;
  /** A read of one thing by its id. It goes before lists, and takes the place of one in a full queue. */
  readonly isShort?: boolean;
}

/** The place of a read in the queue: by its rank, and then by its turn. */
interface Place {
  /** Lower ranks go first. */
  readonly rank: number;
  /** How many reads of the same caller go before it, so that callers take turns. */
  readonly turn: number;
}

interface QueuedRead extends Place {
  readonly caller: string | undefined;
  readonly signal: CallerSignal | undefined;
  readonly expiresAtMs: number;
  readonly begin: () => Promise<void>;
  readonly reject: (error: ServiceError) => void;
}

/** The ranks of reads. */
const [SHARED, LIMITED, SHORT, OTHER] = [0, 1, 2, 3];

const isBehind = (queued: Place, place: Place): boolean =>
  queued.rank > place.rank || (queued.rank === place.rank && queued.turn > place.turn);

const rankOf = ({ isShared, isLimited, isShort }: LaneRequest): number => {
  if (isShared) return SHARED;
  if (isLimited) return LIMITED;
  return isShort ? SHORT : OTHER;
};

/** After one slow read, all others must not be rejected. */
const MAX_REST_MS = 500;

/** How long a rejected caller should wait. */
export const RETRY_AFTER_MS = 1_000;

const rejection = (cause: string): ServiceError =>
  new ServiceError('OVERLOADED', `${cause} Nothing was done; try again later.`, {
    retryAfterMs: RETRY_AFTER_MS,
  });

const abandoned = (): ServiceError =>
  new ServiceError('DEADLINE_PASSED', 'The caller had gone before the turn of its read.');

/**
 * Bounds the reads of callers: how many run at a time, how many wait and for how long, and for which part
 * of the time while orders are decided. Without rests, four slots still took most of the processor. Callers that
 * are known take turns.
 */
export class Lane {
  private queue: QueuedRead[] = [];
  private running = 0;
  /** When the time began, with reads running, that is not charged yet. */
  private chargedAtMs = 0;
  private restUntilMs = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: LaneOptions) {}

  /**
   * Runs a read when it is its turn. Rejects with OVERLOADED, without running it, if too many reads wait
   * or this one has waited for too long.
   */
  run<Result>(
    read: () => Promise<Result>,
    { signal, ...request }: LaneRequest = {},
  ): Promise<Result> {
    const { maxWaitMs } = this.options;
    const rank = rankOf(request);
    const isLimited = rank <= LIMITED;
    const caller = currentSubject();
    const place = { rank, turn: this.nextTurnOf(caller, rank) };
    if (!isLimited && !this.makeRoom(place)) return Promise.reject(this.queueFull());
    const result = new Promise<Result>((resolve, reject) => {
      this.enqueue({
        ...place,
        caller,
        signal,
        expiresAtMs: isLimited ? Infinity : performance.now() + maxWaitMs,
        begin: () => read().then(resolve, reject),
        reject,
      });
    });
    this.advance();
    return result;
  }

  private enqueue(queued: QueuedRead): void {
    const behind = this.queue.findIndex((each) => isBehind(each, queued));
    this.queue.splice(behind === -1 ? this.queue.length : behind, 0, queued);
  }

  /** Callers that are not known share their turns. */
  private nextTurnOf(caller: string | undefined, rank: number): number {
    const last = this.queue.findLast((each) => each.rank === rank && each.caller === caller);
    return last ? last.turn + 1 : 0;
  }

  /** Returns whether a read can be queued there. If the queue is full, rejects the last read, if that is behind. */
  private makeRoom(place: Place): boolean {
    const { maxQueued } = this.options;
    if (this.queue.length >= maxQueued) this.dropAbandoned();
    if (this.queue.length < maxQueued) return true;
    const last = this.queue.at(-1);
    if (!last || !isBehind(last, place)) return false;
    this.queue.pop();
    last.reject(this.queueFull());
    return true;
  }

  private queueFull(): ServiceError {
    return rejection(`${this.options.maxQueued} reads are queued already.`);
  }

  /** Begins the reads whose turn it is, and comes back for the others. */
  private advance(): void {
    clearTimeout(this.timer);
    this.rejectExpired();
    while (this.running < this.options.slots) {
      const [next] = this.queue;
      if (!next) return;
      if (next.rank !== SHARED && this.restMs() > 0) break;
      this.queue.shift();
      if (next.signal?.aborted) next.reject(abandoned());
      else void this.execute(next);
    }
    const expiresAtMs = Math.min(...this.queue.map((queued) => queued.expiresAtMs));
    const restMs = this.running < this.options.slots ? this.restMs() : Infinity;
    const waitMs = Math.min(restMs, expiresAtMs - performance.now());
    if (waitMs === Infinity) return;
    this.timer = setTimeout(() => this.advance(), Math.ceil(waitMs)).unref();
  }

  private async execute({ begin }: QueuedRead): Promise<void> {
    if (this.running === 0) this.chargedAtMs = performance.now();
    this.running += 1;
    await begin();
    // In this turn of the event loop the caller writes its response, which is part of the cost.
    setImmediate(() => {
      this.charge();
      this.running -= 1;
      this.advance();
    });
  }

  /** Time in which several reads run counts once: they wait for the same processors. */
  private charge(): void {
    const nowMs = performance.now();
    const restMs = (nowMs - this.chargedAtMs) * this.options.restFactor;
    this.chargedAtMs = nowMs;
    this.restUntilMs = Math.min(Math.max(this.restUntilMs, nowMs) + restMs, nowMs + MAX_REST_MS);
  }

  /** How long no read may begin. */
  private restMs(): number {
    return this.options.mustYield() ? this.restUntilMs - performance.now() : 0;
  }

  private rejectExpired(): void {
    const nowMs = performance.now();
    const expired = this.queue.filter(({ expiresAtMs }) => expiresAtMs <= nowMs);
    if (expired.length === 0) return;
    this.queue = this.queue.filter(({ expiresAtMs }) => expiresAtMs > nowMs);
    const error = rejection(`The read waited for ${this.options.maxWaitMs} ms behind others.`);
    for (const { reject } of expired) reject(error);
  }

  private dropAbandoned(): void {
    const gone = this.queue.filter(({ signal }) => signal?.aborted);
    this.queue = this.queue.filter(({ signal }) => !signal?.aborted);
    for (const { reject } of gone) reject(abandoned());
  }
}
