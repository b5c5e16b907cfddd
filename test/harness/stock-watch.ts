import type { ClientReadableStream, Metadata, StatusObject } from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';
import {
  loadProto,
  type StockChange,
  type StockPosition,
  type WatchStockResponse,
} from '@app/contracts';
import { eventually } from './wait';

/** How a watch ended, as its client is told. */
export interface WatchEnd {
  readonly code: number;
  readonly message: string;
  readonly reason: string | undefined;
  /** Where the server says to resume. */
  readonly positions: readonly StockPosition[];
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

const errorInfo = (trailer: Metadata): ErrorInfo | undefined => {
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

/** One WatchStock call: collects what it is told. */
export class StockWatch {
  readonly changes: StockChange[] = [];
  heartbeats = 0;
  /** Set once the call has ended. What came before may still wait to be read: see `ended`. */
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
      const positions = JSON.parse(info?.metadata.positions ?? '[]') as StockPosition[];
      this.end = { code, message: details, reason: info?.reason, positions };
    });
  }

  /** What it was told of one SKU: the sequence numbers of levels without a movement, then of movements. */
  seqsOf(sku: string): number[] {
    return this.of(sku).map(({ level }) => level?.seq ?? NaN);
  }

  of(sku: string): StockChange[] {
    return this.changes.filter(({ level }) => level?.sku === sku);
  }

  /** Where a client resumes that has read no more than this. */
  positions(skus: readonly string[]): StockPosition[] {
    return skus.flatMap((sku) => {
      const seq = this.seqsOf(sku).at(-1);
      return seq === undefined ? [] : [{ sku, seq }];
    });
  }

  /** Waits until it has ended and all that was told has been read. */
  ended(): Promise<WatchEnd> {
    return eventually('the watch ends', () => (this.isRead ? this.end : undefined));
  }

  /** Reads nothing until it is resumed; what is on the wire already stays there. */
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
