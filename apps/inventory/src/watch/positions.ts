import { type FieldViolation, ServiceError } from '@app/errors';
import type { LedgerPosition } from '../stock/ledger.repository';
import type { StockLevel } from '../stock/stock';

/** The SKUs to watch, and where to resume. */
export interface WatchRequest {
  readonly skus: readonly string[];
  /** A SKU without a position starts with its present level. */
  readonly after: readonly LedgerPosition[];
}

const isRepeated = (sku: string, index: number, all: readonly string[]): boolean =>
  all.indexOf(sku) < index;

/** Returns the faults of a request that need no database: repeated SKUs, positions of other SKUs. */
export const requestFaults = ({ skus, after }: WatchRequest): FieldViolation[] => {
  const resumed = after.map(({ sku }) => sku);
  const positionFault = (sku: string, index: number): string | undefined => {
    if (!skus.includes(sku)) return 'must be one of skus';
    return isRepeated(sku, index, resumed) ? 'must have one position only' : undefined;
  };
  return [
    ...skus.flatMap((sku, index) =>
      isRepeated(sku, index, skus)
        ? [{ field: `skus[${index}]`, fault: 'must not be repeated' }]
        : [],
    ),
    ...resumed.flatMap((sku, index) => {
      const fault = positionFault(sku, index);
      return fault === undefined ? [] : [{ field: `after[${index}].sku`, fault }];
    }),
  ];
};

/** Returns a fault for each position without a time that its SKU has not reached. */
export const positionFaults = (
  after: readonly LedgerPosition[],
  levels: ReadonlyMap<string, StockLevel | undefined>,
): FieldViolation[] =>
  after.flatMap(({ sku, seq, occurredAt }, index) => {
    if (occurredAt) return [];
    const reached = levels.get(sku)?.lastSeq ?? 0;
    const fault = `must be <= ${reached}, the latest seq of ${sku}`;
    return seq > reached ? [{ field: `after[${index}].seq`, fault }] : [];
  });

/** grpc-java accepts trailers of 8 KiB. 25 SKUs of 64 characters and 25 positions take less than that. */
const MAX_POSITIONS = 25;

/** Returns positions as error metadata, in the form of `WatchStockRequest.after`. */
export const positionMetadata = (positions: readonly LedgerPosition[]): Record<string, unknown> => {
  const leftOut = positions.length - MAX_POSITIONS;
  return {
    positions: positions.slice(0, MAX_POSITIONS),
    ...(leftOut > 0 && { positions_left_out: leftOut }),
  };
};

/** The ledger lacks movements of these SKUs that the client has read. */
export const historyChanged = (skus: readonly string[]): ServiceError => {
  const leftOut = skus.length - MAX_POSITIONS;
  const metadata = {
    skus: skus.slice(0, MAX_POSITIONS),
    ...(leftOut > 0 && { skus_left_out: leftOut }),
  };
  return new ServiceError(
    'HISTORY_CHANGED',
    'The ledger lacks movements of the position; watch the SKUs in metadata without a position.',
    { metadata },
  );
};
