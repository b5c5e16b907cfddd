import type { CallOptions, Metadata } from '@grpc/grpc-js';
import { Inject, Injectable } from '@nestjs/common';
import type { ClientGrpc } from '@nestjs/microservices';
import { firstValueFrom, type Observable } from 'rxjs';
import {
  fromProtoStockPage,
  type GrpcClient,
  INVENTORY_SERVICE,
  type InventoryService,
  type Page,
  type StockLevelDto,
  type Timestamp,
  toDate,
} from '@app/contracts';
import { currentRequestId } from '@app/runtime';
import { metadataOf } from '../inventory/call-metadata';
import { INVENTORY_GRPC, InventoryAvailability } from '../inventory/inventory-availability';
import type { Stock, StockStart } from './stock';

/** A page of stock, and the time of Inventory's database when it responded. */
export interface StockPage extends Page<Stock> {
  readonly inventoryTime?: Date;
}

type Options = CallOptions & { deadline: Date };

/** Reads stock from Inventory. Never throws: every failure is `undefined`. */
@Injectable()
export class StockClient {
  private readonly service: GrpcClient<InventoryService>;

  constructor(
    @Inject(INVENTORY_GRPC) grpc: ClientGrpc,
    private readonly availability: InventoryAvailability,
  ) {
    this.service = grpc.getService<GrpcClient<InventoryService>>(INVENTORY_SERVICE);
  }

  /** Returns those SKUs that Inventory knows, at most LIMITS.maxLines. Undefined without a response in time. */
  async find(skus: readonly string[], timeoutMs: number): Promise<StockPage | undefined> {
    const asOf = new Date();
    const reply = await this.call(timeoutMs, (metadata, options) =>
      this.service.getStock({ skus: [...skus] }, metadata, options),
    );
    return reply && { items: toStock(reply.levels, asOf), next: undefined, ...timeOf(reply) };
  }

  /** Returns a page of SKUs. Undefined without a response in time. */
  async page(
    { after, prefix }: StockStart,
    limit: number,
    timeoutMs: number,
  ): Promise<StockPage | undefined> {
    const asOf = new Date();
    const reply = await this.call(timeoutMs, (metadata, options) =>
      this.service.listStock({ pageSize: limit, pageToken: after, prefix }, metadata, options),
    );
    const page = reply && fromProtoStockPage(reply);
    return page && { items: toStock(page.items, asOf), next: page.next, ...timeOf(reply) };
  }

  private async call<Reply>(
    timeoutMs: number,
    begin: (metadata: Metadata, options: Options) => Observable<Reply>,
  ): Promise<Reply | undefined> {
    try {
      const deadline = new Date(Date.now() + timeoutMs);
      return await this.availability.call(() =>
        firstValueFrom(begin(metadataOf(currentRequestId()), { deadline })),
      );
    } catch {
      return undefined;
    }
  }
}

const toStock = (levels: readonly StockLevelDto[], asOf: Date): Stock[] =>
  levels.filter(({ known }) => known).map(({ sku, available }) => ({ sku, available, asOf }));

const timeOf = ({ respondedAt }: { readonly respondedAt?: Timestamp | undefined }) =>
  respondedAt ? { inventoryTime: toDate(respondedAt) } : {};
