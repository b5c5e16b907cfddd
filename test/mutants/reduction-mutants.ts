import type { Mutant } from './mutant';

const INVENTORY = 'apps/inventory/src';
const DECIDE = `${INVENTORY}/reservation/decide.ts`;
const REDUCTION = `${INVENTORY}/reservation/reduction.ts`;
const DECISIONS = `${INVENTORY}/reservation/decision.service.ts`;
const RESERVATIONS = `${INVENTORY}/reservation/reservation.repository.ts`;

const ORDER = 'apps/orders/src/order';
const onOrders = { project: 'db', tests: 'order/order-reduction.db' } as const;

/** Guards of reductions. */
export const REDUCTION_MUTANTS: readonly Mutant[] = [
  {
    what: 'reduction: a late call sets what it names',
    file: REDUCTION,
    edits: [['Math.min(quantity, unitsOf(kept, sku))', 'unitsOf(kept, sku)']],
    project: 'unit',
    tests: 'reservation/reduction|model/protocol',
  },
  {
    what: 'reduction: the units do not return to the stock',
    file: DECIDE,
    edits: [["unitOfWork.applyEffect({ id, lines: returned }, 'release');", '']],
    project: 'unit',
    tests: 'reservation/decide|model/protocol',
  },
  {
    what: 'reduction: a hold that is due is reduced',
    file: DECIDE,
    edits: [
      [
        `  const reservation = unitOfWork.expireIfDue(recorded);
  const next = TRANSITIONS.reduce[reservation.state];`,
        `  const reservation = recorded;
  const next = TRANSITIONS.reduce[reservation.state];`,
      ],
    ],
    project: 'unit',
    tests: 'reservation/decide',
  },
  {
    what: 'reduction: more units may be named than were held',
    file: DECIDE,
    edits: [['if (increased.length > 0)', 'if (increased.length > 100)']],
    project: 'unit',
    tests: 'reservation/decide',
  },
  {
    what: 'reduction: nothing may be left',
    file: DECIDE,
    edits: [["if (left.length === 0) return { kind: 'nothingLeft', id };", '']],
    project: 'unit',
    tests: 'reservation/decide',
  },
  {
    what: 'reduction: any number of reductions',
    file: DECIDE,
    edits: [['if (reductions > LIMITS.maxReductions)', 'if (reductions > 1_000)']],
    project: 'db',
    tests: 'reduction.db',
  },
  {
    what: 'reduction: a repeated create is compared with what is left',
    file: DECIDE,
    edits: [['sameLines(decidedLines(recorded), command', 'sameLines(recorded.lines, command']],
    project: 'db',
    tests: 'reduction.db',
  },
  {
    what: 'reduction: the levels of its lines are not locked',
    file: DECISIONS,
    edits: [
      [
        "commands.flatMap((command) => ('lines' in command ? [] : [command.id])),",
        "commands.flatMap((command) => ('lines' in command || command.kind === 'reduce' ? [] : [command.id])),",
      ],
    ],
    project: 'db',
    tests: 'reduction.db',
  },
  {
    what: 'reduction: the units that were held at first are overwritten',
    file: RESERVATIONS,
    edits: [
      [
        `        on conflict do nothing),
  emptied`,
        `        on conflict (reservation_id, sku) do update set quantity = excluded.quantity - 1),
  emptied`,
      ],
    ],
    project: 'db',
    tests: 'reduction.db',
  },
  {
    what: 'reduction: a shortfall counts units that were returned',
    file: `${INVENTORY}/adjustment/adjustment.repository.ts`,
    edits: [['select r.id, l.quantity,', 'select r.id, l.quantity + 1 as quantity,']],
    project: 'db',
    tests: 'reduction.db',
  },
  {
    what: 'orders: reduction: a late reply ends the next reduction',
    file: `${ORDER}/order.repository.ts`,
    edits: [['and (transition.reduction is null or o.reductions = transition.reduction)', '']],
    ...onOrders,
  },
  {
    what: 'orders: reduction: it is written although the order was reduced since it was read',
    file: `${ORDER}/order-reduction.repository.ts`,
    edits: [['and status = $2 and reductions = $3', 'and status = $2 and $3::int >= 0']],
    ...onOrders,
  },
  {
    what: 'orders: reduction: units can be added',
    file: `${ORDER}/reduced-items.ts`,
    edits: [['if (increased.length > 0)', 'if (increased.length > 100)']],
    ...onOrders,
  },
  {
    what: 'orders: reduction: nothing may be left',
    file: `${ORDER}/reduced-items.ts`,
    edits: [['if (items.length === 0) throw nothingLeft(order);', '']],
    ...onOrders,
  },
  {
    what: 'orders: reduction: any number of reductions',
    file: `${ORDER}/order.service.ts`,
    edits: [['order.reductions >= LIMITS.maxReductions', 'order.reductions >= 1_000']],
    ...onOrders,
  },
  {
    what: 'orders: reduction: a repeated key is compared with what is left',
    file: `${ORDER}/order.ts`,
    edits: [['order.originalItems ? { ...order, items', 'false ? { ...order, items']],
    ...onOrders,
  },
  {
    what: 'orders: reduction: a reservation with other units counts as reduced',
    file: `${ORDER}/reply-mapping.ts`,
    edits: [['isHeld && !haveSameUnits(', 'isHeld && items.length > 1_000 && !haveSameUnits(']],
    project: 'unit',
    tests: 'order/reply-mapping.spec',
  },
  {
    what: 'orders: reduction: a fulfill does not wait for it',
    file: `${ORDER}/lifecycle.ts`,
    edits: [["    REDUCING: 'notAllowed',", "    REDUCING: 'FULFILLING',"]],
    project: 'unit',
    tests: 'model/protocol|order/lifecycle',
  },
];
