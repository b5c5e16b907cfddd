import { type Client, type ClientReadableStream, loadPackageDefinition } from '@grpc/grpc-js';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import {
  EventStreamStart,
  INVENTORY_PROTO,
  loadProto,
  type StreamEventsRequest,
  type StreamEventsResponse,
  targetOf,
} from '@app/contracts';
import type { ClientSecurity } from '@app/tls';
import { ORDERS_CHANNEL_OPTIONS } from '../inventory/channel-options';
import { STOCK_EVENT_TYPES } from './received-stock-event';

export const FOLLOWED_INVENTORY = Symbol('FOLLOWED_INVENTORY');

/** Where Inventory is, and how connections to it are secured. */
export interface FollowedInventory {
  readonly addresses: string;
  readonly security: ClientSecurity;
}

interface Stub extends Client {
  streamEvents(request: StreamEventsRequest): ClientReadableStream<StreamEventsResponse>;
}

/**
 * Follows the stock events of Inventory, on a connection of its own: unread messages then do not count
 * against the calls of orders. It connects with the first stream.
 */
@Injectable()
export class InventoryEventsClient implements OnApplicationShutdown {
  private readonly stub: Stub;

  constructor(@Inject(FOLLOWED_INVENTORY) { addresses, security }: FollowedInventory) {
    const { inventory } = loadPackageDefinition(loadProto(INVENTORY_PROTO)) as unknown as {
      inventory: { v1: { InventoryService: new (...args: unknown[]) => Stub } };
    };
    const options = {
      ...ORDERS_CHANNEL_OPTIONS,
      ...security.channelOptions,
      'grpc.use_local_subchannel_pool': 1,
    };
    this.stub = new inventory.v1.InventoryService(
      targetOf(addresses),
      security.credentials,
      options,
    );
  }

  onApplicationShutdown(): void {
    this.stub.close();
  }

  /** Streams what follows a position, from the oldest event on with null. Read it; it ends with an error. */
  stream(position: string | null): ClientReadableStream<StreamEventsResponse> {
    const start =
      position === null
        ? { from: EventStreamStart.EVENT_STREAM_START_OLDEST }
        : { after: position };
    return this.stub.streamEvents({ ...start, types: [...STOCK_EVENT_TYPES], skus: [] });
  }
}
