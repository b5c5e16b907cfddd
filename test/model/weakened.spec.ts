import { QUICKBITE } from './protocol';
import { ALL_PROMISES, search } from './search';
import { Model } from './steps';
import { INVENTORY_WEAKENINGS } from './inventory-weakenings';
import { ORDERS_WEAKENINGS } from './orders-weakenings';

it.each([...INVENTORY_WEAKENINGS, ...ORDERS_WEAKENINGS])(
  '$name: it breaks "$breaks"',
  ({ weaker, world, breaks, fault }) => {
    const { violation } = search(new Model(world, { ...QUICKBITE, ...weaker }), [breaks]);
    expect(violation?.trace.at(-1)).toBe(fault);
  },
);

it('every promise is broken by some weakening: none of them is kept by accident', () => {
  expect(
    new Set([...INVENTORY_WEAKENINGS, ...ORDERS_WEAKENINGS].map(({ breaks }) => breaks)),
  ).toEqual(new Set(ALL_PROMISES));
});
