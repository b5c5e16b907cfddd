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
const emptyState = {
  levels: new Map(),
  recorded: new Map(),
  lastCounts: new Map(),
  now: new Date(0),
};

it('if a group has the same adjustment twice, only the first is new', () => {
  const { outcomes, movements } = decideAdjustments(emptyState, [delivery, delivery]);
  expect(outcomes).toMatchObject([
    { kind: 'recorded', alreadyRecorded: false, level: { onHand: 5 } },
    { kind: 'recorded', alreadyRecorded: true, level: { onHand: 5 } },
  ]);
  expect(movements).toHaveLength(1);
});

it('an adjustment that an earlier version recorded with combining accents is recognized', () => {
  const former = { ...delivery, reason: 'cafe\u0301', actor: 'Zoe\u0308' };
  const { movements } = decideAdjustments(emptyState, [former]);
  const recorded = new Map(movements.map((movement) => [former.id, movement]));
  const again = { ...delivery, reason: 'caf\u00e9', actor: 'Zo\u00eb' };
  const { outcomes } = decideAdjustments({ ...emptyState, recorded }, [again]);
  expect(outcomes).toMatchObject([{ kind: 'recorded', alreadyRecorded: true }]);
});

it.each([
  [{ sku: 'pizza' }, ['sku']],
  [{ change: { delta: 6 } }, ['delta']],
  [{ change: { setOnHand: 6 } }, ['set_on_hand']],
  [{ reason: 'count' }, ['reason']],
  [{ actor: 'bob', reason: 'count' }, ['reason', 'actor']],
])(
  'another adjustment with the same id and %j returns the fields that differ',
  (other, differsIn) => {
    const { outcomes } = decideAdjustments(emptyState, [delivery, { ...delivery, ...other }]);
    expect(outcomes[1]).toMatchObject({ kind: 'mismatch', differsIn });
  },
);
