import { internalError, ServiceError } from '@app/errors';
import type { Position } from '../stock/ledger.repository';
import { levelAfter, type Movement, type StockLevel } from '../stock/stock';
import { AsyncSignal } from './async-signal';
import { positionMetadata } from './positions';
import type { RecentMovements } from './recent-movements';

/** The level of a SKU, and what led to it. Without a level, the SKU is not known. */
export interface Change {
  readonly kind: 'change';
  readonly sku: string;
  readonly level: StockLevel | undefined;
  readonly movement: Movement | undefined;
}

export type WatchEvent = Change | { readonly kind: 'heartbeat' };

/** Whoever is told, with what lies between us and them. */
export interface Reader {
  send(event: WatchEvent): void;
  /** Whether what was sent must drain before more is sent. */
  isFull(): boolean;
  isClosed(): boolean;
  on(event: 'drain' | 'close', listener: () => void): void;
  /** Ends it from our side, told or not. */
  cut(): void;
}

/** A SKU that is watched, and how far its watcher has come. */
export interface Cursor {
  readonly recent: RecentMovements;
  seq: number;
  /** What the watcher begins with: undefined where it resumes. */
  first: Change | undefined;
  /** Whether the watcher has once caught up with the tail. From then on it has to keep up. */
  following: boolean;
}

/** Reads on behind some positions in the ledger: something for at least one of them. */
type ReadPage = (positions: readonly Position[]) => Promise<readonly Movement[]>;

interface Bounds {
  readonly heartbeatMs: number;
  readonly drainMs: number;
}

/** Movements of one SKU that are sent before the next SKU has its turn. */
const MAX_SENT_IN_A_ROW = 100;

const READER_CLOSED = new Error('The reader is gone');

const tooSlow = (): ServiceError =>
  new ServiceError(
    'WATCH_TOO_SLOW',
    'The stock changes faster than this watcher reads; resume from the positions it has read.',
  );

/**
 * Tells one reader of each movement of some SKUs, once and in order. It pulls: it holds no more than
 * its positions and, while it catches up, a page of the ledger; a slow reader holds up nobody else.
 */
export class Watcher {
  private readonly signal = new AsyncSignal();
  private readonly cursors: ReadonlyMap<string, Cursor>;
  /** Those for which there may be something to send. */
  private readonly moved: Set<Cursor>;
  private ending: ServiceError | undefined;
  private isBlocked = false;
  private blockedSinceMs: number | undefined;
  private hasSent = true;
  private silentSinceMs = 0;
  private isHeartbeatDue = false;

  constructor(
    private readonly reader: Reader,
    cursors: readonly Cursor[],
    private readonly readPage: ReadPage,
    private readonly bounds: Bounds,
  ) {
    this.cursors = new Map(cursors.map((cursor) => [cursor.recent.sku, cursor]));
    this.moved = new Set(cursors);
    reader.on('drain', this.signal.notify);
    reader.on('close', this.signal.notify);
  }

  /** Resolves when the reader is gone. Rejects when it cannot go on, with where to resume. */
  async run(): Promise<void> {
    try {
      for (const cursor of this.cursors.values()) await this.begin(cursor);
      for (;;) await this.sendNext();
    } catch (error) {
      if (!this.reader.isClosed()) throw this.toEndError(error);
    }
  }

  /** The SKU's tail has grown. */
  movementsAdded(sku: string): void {
    const cursor = this.cursors.get(sku);
    if (cursor) this.moved.add(cursor);
    this.signal.notify();
  }

  /** Ends it with an error, before anything else is sent. */
  end(error: ServiceError): void {
    this.ending ??= error;
    this.signal.notify();
  }

  /**
   * Time has passed. `isCurrent` says whether the ledger has just been read: a heartbeat tells that
   * nothing has happened, and only who has looked can say so. Gives whether it has something to do.
   */
  tick(nowMs: number, isCurrent: boolean): boolean {
    if (this.isBlocked) {
      this.blockedSinceMs ??= nowMs;
      if (nowMs - this.blockedSinceMs >= this.bounds.drainMs) this.end(tooSlow());
    }
    if (this.hasSent) {
      this.hasSent = false;
      this.silentSinceMs = nowMs;
      return false;
    }
    const isDue = isCurrent && nowMs - this.silentSinceMs >= this.bounds.heartbeatMs;
    if (isDue) {
      this.isHeartbeatDue = true;
      this.signal.notify();
    }
    return isDue;
  }

  private async begin(cursor: Cursor): Promise<void> {
    const { first } = cursor;
    if (!first) return;
    cursor.first = undefined;
    await this.send(first);
  }

  /** Follows the tails, each for a turn; catches up where that is needed; sleeps when all is told. */
  private async sendNext(): Promise<void> {
    for (const cursor of [...this.moved]) await this.follow(cursor);
    const behind = [...this.moved].filter(({ recent, seq }) => recent.after(seq) === 'gone');
    if (behind.length > 0) await this.catchUp(behind);
    else if (this.moved.size === 0 && this.isHeartbeatDue) await this.send({ kind: 'heartbeat' });
    else if (this.moved.size === 0) await this.sleep();
  }

  private async follow(cursor: Cursor): Promise<void> {
    for (let sent = 0; sent < MAX_SENT_IN_A_ROW; sent += 1) {
      const movement = cursor.recent.after(cursor.seq);
      if (movement === 'gone') {
        if (cursor.following) throw tooSlow();
        return;
      }
      if (!movement) {
        cursor.following = true;
        this.moved.delete(cursor);
        return;
      }
      await this.deliver(cursor, movement);
    }
  }

  private async catchUp(behind: readonly Cursor[]): Promise<void> {
    const positions = behind.map(({ recent: { sku }, seq }) => ({ sku, seq }));
    const movements = await this.orThrowIfEnded(this.readPage(positions));
    if (movements.length === 0) throw new Error('The ledger lacks what was committed to it');
    for (const movement of movements) {
      const cursor = this.cursors.get(movement.sku);
      if (cursor) await this.deliver(cursor, movement);
    }
  }

  /** The one place where a movement is sent, and the last where a gap or a repeat can be kept back. */
  private async deliver(cursor: Cursor, movement: Movement): Promise<void> {
    const { sku, seq } = movement;
    if (seq !== cursor.seq + 1) throw new Error(`${sku}: ${seq} cannot follow ${cursor.seq}`);
    cursor.seq = seq;
    await this.send({ kind: 'change', sku, level: levelAfter(movement), movement });
  }

  private async send(event: WatchEvent): Promise<void> {
    this.throwIfEnded();
    this.reader.send(event);
    this.hasSent = true;
    this.isHeartbeatDue = false;
    while (this.reader.isFull()) {
      this.isBlocked = true;
      await this.sleep();
    }
    this.isBlocked = false;
    this.blockedSinceMs = undefined;
  }

  private async orThrowIfEnded<Result>(work: Promise<Result>): Promise<Result> {
    const state = { isDone: false };
    const done = work.finally(() => {
      state.isDone = true;
      this.signal.notify();
    });
    // It may fail after we have ended, when nobody asks for it any more.
    done.catch(() => undefined);
    while (!state.isDone) await this.sleep();
    return done;
  }

  private async sleep(): Promise<void> {
    // It may have ended before anybody listened.
    this.throwIfEnded();
    await this.signal.wait();
    this.throwIfEnded();
  }

  private throwIfEnded(): void {
    if (this.reader.isClosed()) throw READER_CLOSED;
    if (this.ending) throw this.ending;
  }

  private toEndError(cause: unknown): ServiceError {
    const { reason, message, metadata } =
      cause instanceof ServiceError ? cause : internalError(cause);
    // What has not begun has no position: its level was never told.
    const told = [...this.cursors.values()].filter(({ first }) => !first);
    const positions = told.map(({ recent: { sku }, seq }) => ({ sku, seq }));
    return new ServiceError(reason, message, {
      metadata: { ...metadata, ...positionMetadata(positions) },
      cause,
    });
  }
}
