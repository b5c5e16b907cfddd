import { array, assert, constantFrom, integer, property, record } from 'fast-check';
import { linesAbove, reductionOf } from './reduction';
import { mergeLines } from './reservation';

const lines = array(
  record({ sku: constantFrom('burger', 'pizza', 'tea'), quantity: integer({ min: 1, max: 5 }) }),
  { minLength: 1, maxLength: 4 },
).map(mergeLines);

it('divides each line into what stays and what returns', () => {
  const held = [
    { sku: 'burger', quantity: 4 },
    { sku: 'pizza', quantity: 2 },
    { sku: 'tea', quantity: 1 },
  ];
  const kept = [
    { sku: 'burger', quantity: 3 },
    { sku: 'tea', quantity: 9 },
  ];
  expect(reductionOf(held, kept)).toEqual({
    left: [
      { sku: 'burger', quantity: 3 },
      { sku: 'tea', quantity: 1 },
    ],
    returned: [
      { sku: 'burger', quantity: 1 },
      { sku: 'pizza', quantity: 2 },
    ],
  });
  expect(linesAbove(kept, held)).toEqual([{ sku: 'tea', quantity: 9 }]);
});

it('what stays and what returns is what was held, and reductions in any order have one result', () => {
  assert(
    property(lines, lines, lines, (held, one, other) => {
      const { left, returned } = reductionOf(held, one);
      expect(mergeLines([...left, ...returned])).toEqual(held);
      expect(reductionOf(left, one)).toEqual({ left, returned: [] });
      expect(reductionOf(left, other).left).toEqual(
        reductionOf(reductionOf(held, other).left, one).left,
      );
    }),
  );
});
