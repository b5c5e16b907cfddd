import { TRANSITIONS_ON_REPLY } from '../../apps/orders/src/order/lifecycle';
import { QUICKBITE } from './protocol';
import { ALL_PROMISES, search, type Searched } from './search';
import { Model } from './steps';
import type { World } from './world';
import { WORLDS } from './worlds';

const done = new Map<World, Searched>();

/** A world is searched once, whichever test asks first. */
const searched = (world: World): Searched => {
  const found = done.get(world) ?? search(new Model(world, QUICKBITE), ALL_PROMISES);
  done.set(world, found);
  return found;
};

/** As one text, because Jest cuts long lists short. */
const storyOf = ({ violation }: Searched): string =>
  violation
    ? [`It breaks "${violation.promised}":`, ...violation.trace].join('\n')
    : 'All is kept.';

/** A change of the protocol changes the figures. An unexpected change means that a step was lost. */
it.each(Object.values<World>(WORLDS))(
  '$name: every promise is kept in all $states states',
  (world) => {
    expect(storyOf(searched(world))).toBe('All is kept.');
    expect(searched(world).states).toBe(world.states);
  },
);

it('deciding calls together leads nowhere that deciding them one by one does not', () => {
  const together = WORLDS.lastUnitInGroups;
  expect(searched({ ...together, groupOf: 1 }).states).toBe(searched(together).states);
});

it('every answer in the table is met in some world, but two that cannot come', () => {
  const cells = Object.entries(TRANSITIONS_ON_REPLY).flatMap(([status, answers]) =>
    Object.keys(answers).map((answer) => `${status}.${answer}`),
  );
  const met = new Set(Object.values<World>(WORLDS).flatMap((world) => [...searched(world).cells]));
  expect(cells.filter((cell) => !met.has(cell))).toEqual([
    // Only what was HELD gets this far, and Inventory forgets and rejects no such reservation.
    'FULFILLING.REJECTED',
    'FULFILLING.RESERVATION_NOT_FOUND',
  ]);
  expect([...met].filter((cell) => !cells.includes(cell))).toEqual([]);
});

it('a search that cannot visit every state fails, instead of finding nothing', () => {
  const model = new Model(WORLDS.oneOrder, QUICKBITE);
  expect(() => search(model, ALL_PROMISES, WORLDS.oneOrder.states - 1)).toThrow(
    'There are more than 2194 states',
  );
});
