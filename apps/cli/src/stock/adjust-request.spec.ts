import { adjustJob } from './adjust-request';

const request = (...args: string[]) =>
  adjustJob([...args, '--reason', 'count', '--actor', 'ann', '--id', 'a-1']).request;

it.each([
  [['burger', '3'], { delta: 3 }],
  [['burger', '+3'], { delta: 3 }],
  [['burger', '-3'], { delta: -3 }],
  [['--address', 'db:1', 'burger', '-3'], { delta: -3 }],
  [['burger', '--set', '7'], { setOnHand: 7 }],
  [['burger', '--set=0'], { setOnHand: 0 }],
  [['burger', '-1', '--expected', '5'], { delta: -1, expectedOnHand: 5 }],
  [['burger', '-1', '--allow-shortfall'], { delta: -1, allowShortfall: true }],
])('%j is an adjustment', (args, change) => {
  expect(request(...args)).toEqual({
    adjustmentId: 'a-1',
    sku: 'burger',
    reason: 'count',
    actor: 'ann',
    allowShortfall: false,
    ...change,
  });
});

it('takes a SKU that looks like a number behind --', () => {
  const { request: made } = adjustJob(['--reason', 'count', '--', '-3', '5']);
  expect(made).toMatchObject({ sku: '-3', delta: 5 });
});

it('has an id of its own each time, unless one is given', () => {
  const make = () => adjustJob(['burger', '1', '--reason', 'count']).request.adjustmentId;
  expect(make()).toMatch(/^adjust-/);
  expect(make()).not.toBe(make());
});

it.each([
  [['burger'], 'Give one change'],
  [['burger', '1', '2'], 'Give one change'],
  [['burger', '1', '--set', '2'], 'Give one change'],
  [['bur ger', '1'], 'SKU must be 1 to 64 characters'],
  [[], 'SKU is required'],
  [['burger', '1.5'], 'DELTA must be a number, not "1.5"'],
  [['burger', '1000000001'], 'DELTA must be <= 1000000000'],
  [['burger', '--set=-1'], '--set must be >= 0'],
  [['burger', '1', '--expected', 'x'], '--expected must be a number'],
  [['burger', '1', '--id', 'a b'], '--id must be 1 to 128 characters'],
])('refuses %j and says how it is meant', (args, fault) => {
  const all = ['--reason', 'count', ...args];
  expect(() => adjustJob(all)).toThrow(fault);
  expect(() => adjustJob(all)).toThrow('Usage: npm run stock -- adjust');
});

it('wants a reason', () => {
  expect(() => adjustJob(['burger', '1'])).toThrow('Say why, with --reason TEXT.');
});
