import { internalError, ServiceError } from '@app/errors';
import type { StreamClient } from '../grpc/stream-client';
import { AsyncSignal } from '@app/runtime';
import type { LedgerPosition, MovementPage } from '../stock/ledger.repository';
import { levelAfter, type Movement, type StockLevel } from '../stock/stock';
import { historyChanged, positionMetadata } from './positions';
import type { RecentMovements } from './recent-movements';

/** The level of a SKU after a movement. Without a level, the SKU is unknown. */
export interface LevelEvent {
  readonly kind: 'change';
  readonly sku: string;
  readonly level: StockLevel | undefined;
  readonly movement: Movement | undefined;
}

export type WatchEvent = LevelEvent | { readonly kind: 'heartbeat' };

/** The client of one WatchStock call, and its connection. */
export interface Reader extends StreamClient {
  send(event: WatchEvent): void;
}

/** A watched SKU, and the position up to which its movements were sent. */
export interface Cursor {
  readonly recent: RecentMovements;
  seq: number;
  /** Time of that movement. Undefined before the first one, or if the client resumed without it. */
  occurredAt: Date | undefined;
  /** The first event to send. Undefined if the watcher resumes. */
  first: LevelEvent | undefined;
  /** Whether the cursor has reached the latest movement once. After that it must keep up. */
  hasCaughtUp: boolean;
}

/** Reads movements behind the positions: at least one, since all of them lag. */
export type ReadPage = (positions: readonly LedgerPosition[]) => Promise<MovementPage>;

interface WatcherTimeouts {
  readonly heartbeatMs: number;
  readonly drainMs: number;
}

/** Movements of one SKU that are sent before the next SKU gets its turn. */
const MAX_SENT_IN_A_ROW = 100;

const READER_CLOSED = new Error('The reader has closed the call');

const connectionExpired = (): ServiceError =>
  new ServiceError(
    'CONNECTION_EXPIRED',
    'The connection has reached its maximum age; resume on a new one.',
  );

const tooSlow = (): ServiceError =>
  new ServiceError(
    'WATCH_TOO_SLOW',
    'The stock changes faster than this watcher reads; resume from the positions it has read.',
  );

/**
 * Sends each movement of some SKUs to one reader, once and in order. It pulls: it holds only its
 * positions and, while it catches up, one page of the ledger. A slow reader delays no other reader.
 */
export class Watcher {
  private readonly signal = new AsyncSignal();
  private readonly cursors: ReadonlyMap<string, Cursor>;
  /** Cursors that may have movements to send. */
  private readonly pending: Set<Cursor>;
  private readonly lostSkus = new Set<string>();
  private endError: ServiceError | undefined;
  private isBlocked = false;
  private blockedSinceMs: number | undefined;
  private hasSent = true;
  private idleSinceMs = 0;
  private isHeartbeatDue = false;

  constructor(
    private readonly reader: Reader,
    cursors: readonly Cursor[],
    private readonly readPage: ReadPage,
    private readonly timeouts: WatcherTimeouts,
  ) {
    this.cursors = new Map(cursors.map((cursor) => [cursor.recent.sku, cursor]));
    this.pending = new Set(cursors);
    reader.on('drain', this.signal.notify);
    reader.on('close', this.signal.notify);
  }

  /** Resolves when the reader has closed. Rejects with where to resume when the watcher must end. */
  async run(): Promise<void> {
    try {
      for (const cursor of this.cursors.values()) await this.sendFirst(cursor);
      for (;;) await this.sendNext();
    } catch (error) {
      if (!this.reader.isClosed()) throw this.toEndError(error);
    }
  }

  /** Reports that the recent movements of the SKU have new ones. */
  movementsAdded(sku: string): void {
    const cursor = this.cursors.get(sku);
    if (cursor) this.pending.add(cursor);
    this.signal.notify();
  }

  /** Ends the watcher with an error, before anything else is sent. */
  end(error: ServiceError): void {
    this.endError ??= error;
    this.signal.notify();
  }

  /** Ends the watcher, because the ledger has lost movements of these SKUs. */
  historyLost(skus: readonly string[]): void {
    for (const sku of skus) this.lostSkus.add(sku);
    this.end(historyChanged(skus));
  }

  /**
   * Checks the timeouts. Returns whether a heartbeat is due. `isCurrent`: the ledger has just been
   * read. A heartbeat promises that nothing was missed, so none is sent without it.
   */
  tick(nowMs: number, isCurrent: boolean): boolean {
    if (this.isBlocked) {
      this.blockedSinceMs ??= nowMs;
      if (nowMs - this.blockedSinceMs >= this.timeouts.drainMs) this.end(tooSlow());
    }
    if (this.reader.isConnectionEnding()) this.end(connectionExpired());
    if (this.hasSent) {
      this.hasSent = false;
      this.idleSinceMs = nowMs;
      return false;
    }
    const isDue = isCurrent && nowMs - this.idleSinceMs >= this.timeouts.heartbeatMs;
    if (isDue) {
      this.isHeartbeatDue = true;
      this.signal.notify();
    }
    return isDue;
  }

  private async sendFirst(cursor: Cursor): Promise<void> {
    const { first } = cursor;
    if (!first) return;
    cursor.first = undefined;
    await this.send(first);
  }

  /** Sends recent movements, catches up from the ledger where they are evicted, or waits. */
  private async sendNext(): Promise<void> {
    for (const cursor of [...this.pending]) await this.sendRecent(cursor);
    const lagging = [...this.pending].filter(
      ({ recent, seq }) => recent.movementAfter(seq) === 'evicted',
    );
    if (lagging.length > 0) await this.catchUp(lagging);
    else if (this.pending.size === 0 && this.isHeartbeatDue) await this.send({ kind: 'heartbeat' });
    else if (this.pending.size === 0) await this.waitForSignal();
  }

  private async sendRecent(cursor: Cursor): Promise<void> {
    for (let sent = 0; sent < MAX_SENT_IN_A_ROW; sent += 1) {
      const movement = cursor.recent.movementAfter(cursor.seq);
      if (movement === 'evicted') {
        if (cursor.hasCaughtUp) throw tooSlow();
        return;
      }
      if (!movement) {
        cursor.hasCaughtUp = true;
        this.pending.delete(cursor);
        return;
      }
      await this.sendMovement(cursor, movement);
    }
  }

  private async catchUp(lagging: readonly Cursor[]): Promise<void> {
    const { movements, lost } = await this.orThrowIfEnded(this.readPage(lagging.map(positionOf)));
    // All of them lag, so without any movement the ledger has lost those of all.
    if (movements.length === 0) this.historyLost(lagging.map(({ recent: { sku } }) => sku));
    else if (lost.length > 0) this.historyLost(lost);
    this.throwIfEnded();
    for (const movement of movements) {
      const cursor = this.cursors.get(movement.sku);
      if (cursor) await this.sendMovement(cursor, movement);
    }
  }

  /** The only method that sends a movement. Throws rather than send a gap or a repeat. */
  private async sendMovement(cursor: Cursor, movement: Movement): Promise<void> {
    const { sku, seq } = movement;
    if (seq !== cursor.seq + 1) throw new Error(`${sku}: ${seq} cannot follow ${cursor.seq}`);
    cursor.seq = seq;
    cursor.occurredAt = movement.occurredAt;
    await this.send({ kind: 'change', sku, level: levelAfter(movement), movement });
  }

  private async send(event: WatchEvent): Promise<void> {
    this.throwIfEnded();
    this.reader.send(event);
    this.hasSent = true;
    this.isHeartbeatDue = false;
    while (this.reader.isFull()) {
      this.isBlocked = true;
      await this.waitForSignal();
    }
    this.isBlocked = false;
    this.blockedSinceMs = undefined;
  }

  private async orThrowIfEnded<Result>(promise: Promise<Result>): Promise<Result> {
    const state = { isDone: false };
    const done = promise.finally(() => {
      state.isDone = true;
      this.signal.notify();
    });
    // After the watcher has ended, nothing awaits `done`, and a failure would be unhandled.
    done.catch(() => undefined);
    while (!state.isDone) await this.waitForSignal();
    return done;
  }

  private async waitForSignal(): Promise<void> {
    // The reader may have closed before the constructor added its listeners.
    this.throwIfEnded();
    await this.signal.wait();
    this.throwIfEnded();
  }

  private throwIfEnded(): void {
    if (this.reader.isClosed()) throw READER_CLOSED;
    if (this.endError) throw this.endError;
  }

  private toEndError(cause: unknown): ServiceError {
    const { reason, message, metadata } =
      cause instanceof ServiceError ? cause : internalError(cause);
    // A cursor whose first event was not sent has no position.
    const started = [...this.cursors.values()].filter(
      ({ first, recent: { sku } }) => !first && !this.lostSkus.has(sku),
    );
    const positions = started.map(positionOf);
    return new ServiceError(reason, message, {
      metadata: { ...metadata, ...positionMetadata(positions) },
      cause,
    });
  }
}

const positionOf = ({ recent: { sku }, seq, occurredAt }: Cursor): LedgerPosition => ({
  sku,
  seq,
  ...(occurredAt && { occurredAt }),
});
