import { type CallOptions, Metadata } from '@grpc/grpc-js';
import { Inject, Injectable } from '@nestjs/common';
import type { ClientGrpc } from '@nestjs/microservices';
import { firstValueFrom, type Observable } from 'rxjs';
import {
  fromProtoStockPage,
  type GrpcClient,
  INVENTORY_SERVICE,
  type InventoryService,
  type StockLevelDto,
} from '@app/contracts';
import type { Stock, StockPage } from './stock';
import { INVENTORY_GRPC, InventoryAvailability } from '../inventory/inventory-availability';

type Options = CallOptions & { deadline: Date };

/** Asks Inventory what there is. Never throws: whatever goes wrong is no answer. */
@Injectable()
export class StockClient {
  private readonly service: GrpcClient<InventoryService>;

  constructor(
    @Inject(INVENTORY_GRPC) grpc: ClientGrpc,
    private readonly availability: InventoryAvailability,
  ) {
    this.service = grpc.getService<GrpcClient<InventoryService>>(INVENTORY_SERVICE);
  }

  /** One SKU, or nothing where there is no such SKU. Undefined: no answer in time. */
  async find(sku: string, withinMs: number): Promise<StockPage | undefined> {
    const asOf = new Date();
    const reply = await this.call(withinMs, (metadata, options) =>
      this.service.getStock({ skus: [sku] }, metadata, options),
    );
    return reply && { stock: toStock(reply.levels, asOf), next: undefined };
  }

  /** A page of all SKUs, behind one of them. Undefined: no answer in time. */
  async page(after: string, limit: number, withinMs: number): Promise<StockPage | undefined> {
    const asOf = new Date();
    const reply = await this.call(withinMs, (metadata, options) =>
      this.service.listStock({ pageSize: limit, pageToken: after }, metadata, options),
    );
    const page = reply && fromProtoStockPage(reply);
    return page && { stock: toStock(page.items, asOf), next: page.next };
  }

  private async call<Reply>(
    withinMs: number,
    begin: (metadata: Metadata, options: Options) => Observable<Reply>,
  ): Promise<Reply | undefined> {
    try {
      const deadline = new Date(Date.now() + withinMs);
      return await this.availability.call(() =>
        firstValueFrom(begin(new Metadata(), { deadline })),
      );
    } catch {
      return undefined;
    }
  }
}

const toStock = (levels: readonly StockLevelDto[], asOf: Date): Stock[] =>
  levels.filter(({ known }) => known).map(({ sku, available }) => ({ sku, available, asOf }));
