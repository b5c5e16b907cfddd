import { ServiceError, grpcStatusOf } from '@app/errors';
import { emptyLevel } from '../stock/stock';
import { historyChanged, positionMetadata, positionFaults, requestFaults } from './positions';

it('accepts a request that resumes some of its SKUs', () => {
  expect(requestFaults({ skus: ['a', 'b'], after: [{ sku: 'b', seq: 3 }] })).toEqual([]);
});

it('names every repeated SKU, repeated position and position of another SKU', () => {
  const after = ['b', 'c', 'b'].map((sku) => ({ sku, seq: 0 }));
  expect(requestFaults({ skus: ['a', 'b', 'a'], after })).toEqual([
    { field: 'skus[2]', fault: 'must not be repeated' },
    { field: 'after[1].sku', fault: 'must be one of skus' },
    { field: 'after[2].sku', fault: 'must have one position only' },
  ]);
});

it('names every position without a time that its SKU has not reached', () => {
  const levels = new Map([
    ['a', { ...emptyLevel('a'), lastSeq: 7 }],
    ['b', undefined],
  ]);
  const after = [
    { sku: 'a', seq: 7 },
    { sku: 'b', seq: 1 },
    { sku: 'a', seq: 8 },
    { sku: 'a', seq: 9, occurredAt: new Date() },
  ];
  expect(positionFaults(after, levels)).toEqual([
    { field: 'after[1].seq', fault: 'must be <= 0, the latest seq of b' },
    { field: 'after[2].seq', fault: 'must be <= 7, the latest seq of a' },
  ]);
});

it('keeps the positions of an end below the trailer size that clients accept', () => {
  const positions = Array.from({ length: 100 }, (_, index) => ({
    sku: String(index).padStart(64, 'x'),
    seq: Number.MAX_SAFE_INTEGER,
    occurredAt: new Date(),
  }));
  const lost = historyChanged(positions.map(({ sku }) => sku));
  const metadata = { ...lost.metadata, ...positionMetadata(positions) };
  expect(metadata).toEqual({
    skus: positions.slice(0, 25).map(({ sku }) => sku),
    skus_left_out: 75,
    positions: positions.slice(0, 25),
    positions_left_out: 75,
  });
  const { metadata: trailers } = grpcStatusOf(
    new ServiceError(lost.reason, lost.message, { metadata }),
  );
  const [trailer] = trailers.get('grpc-status-details-bin');
  expect(Buffer.from(trailer ?? '').toString('base64').length).toBeLessThan(8_192);
});
