import { type AdjustOptions, adjustRequest } from './adjust-request';

const required = { reason: 'count', actor: 'ann', id: 'a-1' };

it.each([
  [['burger', '3'], {}, { delta: 3 }],
  [['burger', '+3'], {}, { delta: 3 }],
  [['burger', '-3'], {}, { delta: -3 }],
  [['burger'], { set: '7' }, { setOnHand: 7 }],
  [['burger'], { set: '0' }, { setOnHand: 0 }],
  [['burger', '-1'], { expected: '5' }, { delta: -1, expectedOnHand: 5 }],
  [['burger', '-1'], { allowShortfall: true }, { delta: -1, allowShortfall: true }],
])('%j with %j is an adjustment', (args, options, change) => {
  expect(adjustRequest(args, { ...required, ...options })).toEqual({
    adjustmentId: 'a-1',
    sku: 'burger',
    reason: 'count',
    actor: 'ann',
    allowShortfall: false,
    ...change,
  });
});

it('has a new adjustment id each time, unless one is given', () => {
  const newId = () => adjustRequest(['burger', '1'], { reason: 'count' }).adjustmentId;
  expect(newId()).toMatch(/^adjust-/);
  expect(newId()).not.toBe(newId());
});

it.each<[string[], Partial<AdjustOptions>, string]>([
  [['burger'], {}, 'Specify one change'],
  [['burger', '1'], { set: '2' }, 'Specify one change'],
  [['bur ger', '1'], {}, 'SKU must be 1 to 64 characters'],
  [['', '1'], {}, 'SKU is required'],
  [['burger', '1.5'], {}, 'DELTA must be a number, but it is "1.5"'],
  [['burger', '1000000001'], {}, 'DELTA must be <= 1000000000'],
  [['burger'], { set: '-1' }, '--set must be >= 0'],
  [['burger', '1'], { expected: 'x' }, '--expected must be a number'],
  [['burger', '1'], { id: 'a b' }, '--id must be 1 to 128 characters'],
  [['burger', '1'], { reason: '' }, '--reason is required'],
])('rejects %j with %j', (args, options, fault) => {
  expect(() => adjustRequest(args, { ...required, ...options })).toThrow(fault);
});
