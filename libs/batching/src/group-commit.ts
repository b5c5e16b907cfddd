import { ServiceError } from '@app/errors';

export interface GroupCommitOptions {
  /** What waits, for the message when there is no more room: "reservations". */
  readonly what: string;
  /** How many requests go into one flush at most. */
  readonly maxGroup: number;
  /** When requests do not wait for the flush under way. Unless told, they always do. */
  readonly overlap?: Overlap;
  /** How many requests may wait at most; one more is refused at once as overloaded. */
  readonly maxWaiting: number;
  /** How long a request may wait for its turn; after that it is refused as overloaded. */
  readonly maxWaitMs: number;
}

/** For groups of small rows: far more than meet on a machine of this size, and bounded in memory. */
export const GROUP_LIMITS = { maxGroup: 256, maxWaiting: 4_096, maxWaitMs: 5_000 } as const;

export interface Overlap {
  /** As many as wait go ahead, */
  readonly atWaiting: number;
  /** while there are fewer flushes under way than this. */
  readonly maxFlushes: number;
}

/**
 * For flushes that do not wait for one another's locks. Without it, 256 clients move as one: their
 * requests are read while the database has nothing to do, and written while the process has nothing
 * to do. It is idle for a quarter of the time, and does 0.77 times as many orders as there are bare
 * INSERTs, instead of 0.93 times (npm run bench -- orders-insert; 0.85 where 16 are enough).
 */
export const OVERLAP: Overlap = { atWaiting: 32, maxFlushes: 3 };

/** Whether somebody still waits for what comes of a request. */
export type IsAwaited = () => boolean;

interface Waiting<Request, Result> {
  readonly sinceMs: number;
  readonly request: Request;
  readonly isAwaited: IsAwaited;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

const overloaded = (why: string): ServiceError =>
  new ServiceError('OVERLOADED', `${why} Nothing was done; try again later.`);

type Group<Request, Result> = readonly Waiting<Request, Result>[];

const rejectAll = (
  group: readonly Pick<Waiting<unknown, unknown>, 'reject'>[],
  error: unknown,
): void => group.forEach(({ reject }) => reject(error));

/** No database, or no room: one by one they would fare no better, and each would wait for it. */
const concernsAll = (error: unknown): boolean =>
  error instanceof ServiceError && error.reason !== 'INTERNAL';

const always: IsAwaited = () => true;

/** For the log and for tests: whoever made the request does not listen any more. */
const nobodyWaits = (): ServiceError =>
  new ServiceError('DEADLINE_PASSED', 'Nobody waits for this any more. Nothing was done.');

/**
 * Requests that meet go to the database together, in the order they came, in one transaction.
 *
 * Nothing in flight: a request is flushed with what else is read in the same turn of the event loop,
 * so a lone one waits for nobody, and of many that come at once none goes alone, ahead of a group of
 * all others. Something in flight: it waits, and goes with all that came meanwhile. There is one flush
 * at a time, unless `overlap` allows for more, and no timer. A request resolves only when its group
 * has committed.
 *
 * A group that fails for want of a database or of room fails all of its members. Any other failure
 * may be about one of them: they are flushed again one by one, so that it fails alone.
 */
export class GroupCommit<Request, Result> {
  private waiting: Waiting<Request, Result>[] = [];
  private flushes = 0;
  private isAboutToFlush = false;

  /**
   * `flush` gives one result for each request, in the same order, after its commit. It has to be safe
   * to repeat: one transaction, of which nothing is left when it fails, and requests that by their
   * ids do nothing a second time, should it fail all the same after its commit.
   */
  constructor(
    private readonly flush: (requests: readonly Request[]) => Promise<readonly Result[]>,
    private readonly options: GroupCommitOptions,
  ) {}

  /**
   * Resolves when the request's group has committed. Rejects at once when too many wait. A request
   * that nobody waits for any more when its group is formed is not begun; one that is begun goes on.
   */
  submit(request: Request, isAwaited = always): Promise<Result> {
    const { what, maxWaiting } = this.options;
    if (this.waiting.length >= maxWaiting) {
      return Promise.reject(overloaded(`Too many ${what} wait (${maxWaiting}).`));
    }
    const result = new Promise<Result>((resolve, reject) => {
      this.waiting.push({ sinceMs: performance.now(), request, isAwaited, resolve, reject });
    });
    if (this.mayOverlap()) void this.flushAll();
    else if (this.flushes === 0) this.flushAfterTurn();
    return result;
  }

  private mayOverlap(): boolean {
    const { overlap } = this.options;
    if (!overlap) return false;
    return this.flushes < overlap.maxFlushes && this.waiting.length >= overlap.atWaiting;
  }

  private flushAfterTurn(): void {
    if (this.isAboutToFlush) return;
    this.isAboutToFlush = true;
    setImmediate(() => {
      this.isAboutToFlush = false;
      if (this.flushes === 0) void this.flushAll();
    });
  }

  private async flushAll(): Promise<void> {
    this.flushes += 1;
    while (this.waiting.length > 0) {
      const group = this.waiting
        .splice(0, this.options.maxGroup)
        .filter((each) => this.isWorthwhile(each));
      if (group.length > 0) await this.flushGroup(group);
    }
    this.flushes -= 1;
  }

  /** Nothing is begun that nobody waits for; and whoever has waited too long is told so instead. */
  private isWorthwhile({ sinceMs, isAwaited, reject }: Waiting<Request, Result>): boolean {
    const { what, maxWaitMs } = this.options;
    if (!isAwaited()) {
      reject(nobodyWaits());
      return false;
    }
    if (performance.now() - sinceMs <= maxWaitMs) return true;
    reject(overloaded(`The ${what} before this took too long (${maxWaitMs} ms).`));
    return false;
  }

  private async flushGroup(group: Group<Request, Result>): Promise<void> {
    const failure = await this.tryToFlush(group);
    if (!failure) return;
    if (group.length === 1 || concernsAll(failure.error)) rejectAll(group, failure.error);
    else await this.flushEach(group);
  }

  /** Whoever is not waited for any more, or has waited too long, is left out here as well. */
  private async flushEach(group: Group<Request, Result>): Promise<void> {
    for (const [index, each] of group.entries()) {
      if (!this.isWorthwhile(each)) continue;
      const failure = await this.tryToFlush([each]);
      if (!failure) continue;
      if (concernsAll(failure.error)) {
        rejectAll(group.slice(index), failure.error);
        return;
      }
      each.reject(failure.error);
    }
  }

  /** Resolves the members; or, when it fails, leaves them as they are and gives the error. */
  private async tryToFlush(
    group: Group<Request, Result>,
  ): Promise<{ readonly error: unknown } | undefined> {
    try {
      const results = await this.flush(group.map(({ request }) => request));
      if (results.length !== group.length) {
        throw new Error(`${group.length} requests were flushed, but ${results.length} answered`);
      }
      group.forEach(({ resolve }, index) => resolve(results[index] as Result));
      return undefined;
    } catch (error) {
      return { error };
    }
  }
}
