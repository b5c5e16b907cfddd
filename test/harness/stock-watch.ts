import type { ClientReadableStream, Metadata, StatusObject } from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';
import {
  loadProto,
  type StockChange,
  type StockPosition,
  toTimestamp,
  type WatchStockResponse,
} from '@app/contracts';
import { eventually } from './wait';

/** The end of a watch as its client receives it. */
export interface WatchEnd {
  readonly code: number;
  readonly message: string;
  readonly reason: string | undefined;
  /** Where the client resumes, according to the server. */
  readonly positions: readonly StockPosition[];
  /** SKUs that must start without a position. */
  readonly skus: readonly string[];
}

interface ErrorInfo {
  readonly reason: string;
  readonly metadata: Readonly<Record<string, string>>;
}

type Message = MessageTypeDefinition<object, object>;

const rpcTypes = {
  ...loadProto('google/rpc/status.proto'),
  ...loadProto('google/rpc/error_details.proto'),
};

/** Returns the ErrorInfo of a call that has ended; undefined if it has none. */
export const errorInfo = (trailer: Metadata): ErrorInfo | undefined => {
  const [raw] = trailer.get('grpc-status-details-bin');
  if (!Buffer.isBuffer(raw)) return undefined;
  const { details } = (rpcTypes['google.rpc.Status'] as Message).deserialize(raw) as {
    details: { type_url: string; value: Buffer }[];
  };
  const info = details.find(({ type_url }) => type_url.endsWith('ErrorInfo'));
  return (
    info && ((rpcTypes['google.rpc.ErrorInfo'] as Message).deserialize(info.value) as ErrorInfo)
  );
};

/** Reads positions from error metadata, where a time is text, as in the JSON form of a request. */
const positionsIn = (json: string): StockPosition[] =>
  (JSON.parse(json) as { sku: string; seq: number; occurredAt?: string }[]).map(
    ({ sku, seq, occurredAt }) => ({
      sku,
      seq,
      ...(occurredAt !== undefined && { occurredAt: toTimestamp(new Date(occurredAt)) }),
    }),
  );

/** One WatchStock call. Collects its messages. */
export class StockWatch {
  readonly changes: StockChange[] = [];
  heartbeats = 0;
  /** Set when the call has ended. Earlier messages may still be unread: see `ended`. */
  end: WatchEnd | undefined;
  private isRead = false;

  constructor(private readonly call: ClientReadableStream<WatchStockResponse>) {
    call.on('end', () => (this.isRead = true));
    call.on('data', ({ change }: WatchStockResponse) => {
      if (change) this.changes.push(change);
      else this.heartbeats += 1;
    });
    call.on('error', () => undefined);
    call.on('status', ({ code, details, metadata }: StatusObject) => {
      const info = errorInfo(metadata);
      const positions = positionsIn(info?.metadata.positions ?? '[]');
      const skus = JSON.parse(info?.metadata.skus ?? '[]') as string[];
      this.end = { code, message: details, reason: info?.reason, positions, skus };
    });
  }

  /** Returns the sequence numbers of one SKU: of its first level, then of its movements. */
  seqsOf(sku: string): number[] {
    return this.of(sku).map(({ level }) => level?.seq ?? NaN);
  }

  of(sku: string): StockChange[] {
    return this.changes.filter(({ level }) => level?.sku === sku);
  }

  /** Returns where a client resumes that has read these messages. */
  positions(skus: readonly string[]): StockPosition[] {
    return skus.flatMap((sku) => {
      const level = this.of(sku).at(-1)?.level;
      if (!level) return [];
      const { seq, updatedAt } = level;
      return [{ sku, seq, ...(updatedAt && { occurredAt: updatedAt }) }];
    });
  }

  /** Waits until it has ended and all messages are read. */
  ended(): Promise<WatchEnd> {
    return eventually('the watch ends', () => (this.isRead ? this.end : undefined));
  }

  /** Reads nothing until it is resumed. */
  pause(): void {
    this.call.pause();
  }

  resume(): void {
    this.call.resume();
  }

  cancel(): void {
    this.call.cancel();
  }
}
