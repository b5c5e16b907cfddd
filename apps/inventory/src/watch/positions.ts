import type { FieldViolation } from '@app/errors';
import type { Position } from '../stock/ledger.repository';
import type { StockLevel } from '../stock/stock';

/** What somebody wants to watch. */
export interface WatchRequest {
  readonly skus: readonly string[];
  /** Where to resume. A SKU without a position begins with its level. */
  readonly after: readonly Position[];
}

const isRepeated = (sku: string, index: number, all: readonly string[]): boolean =>
  all.indexOf(sku) < index;

/** What is wrong with a request by itself: SKUs named twice, positions of other SKUs. */
export const requestFaults = ({ skus, after }: WatchRequest): FieldViolation[] => {
  const resumed = after.map(({ sku }) => sku);
  const fault = (sku: string, index: number): string | undefined => {
    if (!skus.includes(sku)) return 'must be one of skus';
    return isRepeated(sku, index, resumed) ? 'must have one position only' : undefined;
  };
  return [
    ...skus.flatMap((sku, index) =>
      isRepeated(sku, index, skus)
        ? [{ field: `skus[${index}]`, fault: 'must not be named before' }]
        : [],
    ),
    ...resumed.flatMap((sku, index) => {
      const found = fault(sku, index);
      return found === undefined ? [] : [{ field: `after[${index}].sku`, fault: found }];
    }),
  ];
};

/** Positions that their SKU has not reached: they are another's, or of another database. */
export const positionFaults = (
  after: readonly Position[],
  levels: ReadonlyMap<string, StockLevel | undefined>,
): FieldViolation[] =>
  after.flatMap(({ sku, seq }, index) => {
    const reached = levels.get(sku)?.lastSeq ?? 0;
    const fault = `must be <= ${reached}, which is where ${sku} is`;
    return seq > reached ? [{ field: `after[${index}].seq`, fault }] : [];
  });

/** Trailers are small: grpc-java takes 8 KiB. 25 SKUs of 64 characters fit twice. */
const MAX_POSITIONS = 25;

/** Positions as the facts of an error, in the form that `after` takes them. */
export const positionMetadata = (positions: readonly Position[]): Record<string, unknown> => {
  const leftOut = positions.length - MAX_POSITIONS;
  return {
    positions: positions.slice(0, MAX_POSITIONS),
    ...(leftOut > 0 && { positions_left_out: leftOut }),
  };
};
