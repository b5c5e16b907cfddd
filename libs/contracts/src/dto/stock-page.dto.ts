import { ValidateIf } from 'class-validator';
import type { ListStockRequest, ListStockResponse } from '../generated/inventory/v1/inventory';
import { LIMITS } from '../limits';
import { IsSku, IsWholeNumber } from '../validators';
import type { Page } from './page';
import type { StockLevelDto } from './stock-level.dto';

/** Requests one page of all stock levels, or of those of a prefix, in SKU order. */
export class StockPageRequestDto implements ListStockRequest {
  /** Maximum number of levels, 1 to 1,000. 0: 100. */
  @IsWholeNumber(0, LIMITS.maxPageSize)
  readonly pageSize!: number;

  /** The cursor of the previous page: its last SKU. Empty: the first page. */
  @ValidateIf(({ pageToken }: StockPageRequestDto) => pageToken !== '')
  @IsSku()
  readonly pageToken!: string;

  /** The characters with which the SKUs begin. Empty: all SKUs. */
  @ValidateIf(({ prefix }: StockPageRequestDto) => prefix !== '')
  @IsSku()
  readonly prefix!: string;
}

/** Maps a page of levels to its gRPC message. */
export const toProtoStockPage = ({ items, next = '' }: Page<StockLevelDto>): ListStockResponse => ({
  levels: [...items],
  nextPageToken: next,
});

/** Maps a gRPC message to a page of levels. */
export const fromProtoStockPage = ({
  levels,
  nextPageToken,
}: ListStockResponse): Page<StockLevelDto> => ({
  items: levels,
  next: nextPageToken || undefined,
});
