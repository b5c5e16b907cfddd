import { type Adjustment, decideAdjustments } from './adjustment';

const delivery: Adjustment = {
  id: 'delivery',
  sku: 'burger',
  change: { delta: 5 },
  reason: 'delivery',
  actor: 'ann',
  expectedOnHand: null,
  allowShortfall: false,
};
const nothing = { levels: new Map(), recorded: new Map(), now: new Date(0) };

it('of the same adjustment twice in a group, only the first is new', () => {
  const { outcomes, movements } = decideAdjustments(nothing, [delivery, delivery]);
  expect(outcomes).toMatchObject([
    { kind: 'recorded', alreadyRecorded: false, level: { onHand: 5 } },
    { kind: 'recorded', alreadyRecorded: true, level: { onHand: 5 } },
  ]);
  expect(movements).toHaveLength(1);
});

it.each([
  [{ sku: 'pizza' }, ['sku']],
  [{ change: { delta: 6 } }, ['delta']],
  [{ change: { setOnHand: 6 } }, ['set_on_hand']],
  [{ reason: 'count' }, ['reason']],
  [{ actor: 'bob', reason: 'count' }, ['reason', 'actor']],
])('another adjustment under the id, with %j, is told in what it differs', (other, differsIn) => {
  const { outcomes } = decideAdjustments(nothing, [delivery, { ...delivery, ...other }]);
  expect(outcomes[1]).toMatchObject({ kind: 'mismatch', differsIn });
});
