import { Metadata } from '@grpc/grpc-js';
import { Inject, Injectable } from '@nestjs/common';
import type { ClientGrpc } from '@nestjs/microservices';
import type { Observable } from 'rxjs';
import {
  INVENTORY_SERVICE,
  toDate,
  toTimestamp,
  type WatchStockRequest,
  type WatchStockResponse,
} from '@app/contracts';
import { reasonFromTrailer } from '@app/errors';
import { currentRequestId } from '@app/runtime';
import { metadataOf } from '../inventory/call-metadata';
import { INVENTORY_GRPC, InventoryAvailability } from '../inventory/inventory-availability';
import type { StockPosition, StockPositions } from './stock-positions';

/** The level of a SKU after a change. */
export interface StockChange {
  readonly sku: string;
  readonly available: number;
  readonly position: StockPosition;
}

export interface StockWatcher {
  /** Inventory has sent a level. */
  readonly onChange: (change: StockChange) => void;
  /** The watch has ended, with the reason of its error if Inventory has sent one. */
  readonly onEnd: (reason: string | undefined) => void;
}

/** The stream has no deadline: it ends when its client does. */
interface WatchService {
  watchStock(request: WatchStockRequest, metadata: Metadata): Observable<WatchStockResponse>;
}

/** Watches stock at Inventory. */
@Injectable()
export class StockWatchClient {
  private readonly service: WatchService;

  constructor(
    @Inject(INVENTORY_GRPC) grpc: ClientGrpc,
    private readonly availability: InventoryAvailability,
  ) {
    this.service = grpc.getService<WatchService>(INVENTORY_SERVICE);
  }

  /** False while a watch would fail at once. */
  get canCall(): boolean {
    return !this.availability.isUnavailable;
  }

  /**
   * Watches SKUs, from their positions or from their present levels on. Reads all that Inventory sends at
   * once, since unread answers of a connection count against all of its calls. Returns how to end the
   * watch.
   */
  watch(skus: readonly string[], positions: StockPositions, watcher: StockWatcher): () => void {
    const after = [...positions].map(([sku, { seq, occurredAtMs }]) => ({
      sku,
      seq,
      occurredAt: toTimestamp(new Date(occurredAtMs)),
    }));
    const call = this.service.watchStock(
      { skus: [...skus], after },
      metadataOf(currentRequestId()),
    );
    const subscription = call.subscribe({
      next: (response) => {
        const change = toChange(response);
        if (change) watcher.onChange(change);
      },
      error: (error: unknown) => watcher.onEnd(reasonOf(error)),
      complete: () => watcher.onEnd(undefined),
    });
    return () => subscription.unsubscribe();
  }
}

const toChange = ({ change }: WatchStockResponse): StockChange | undefined => {
  if (!change?.level?.known) return undefined;
  const { sku, available, seq, updatedAt } = change.level;
  const occurredAtMs = updatedAt ? toDate(updatedAt).getTime() : 0;
  return { sku, available, position: { seq, occurredAtMs } };
};

const reasonOf = (error: unknown): string | undefined => {
  const { metadata } = Object(error) as { metadata?: unknown };
  return metadata instanceof Metadata ? reasonFromTrailer(metadata) : undefined;
};
