import { TRANSITIONS_ON_REPLY } from '../../apps/orders/src/order/lifecycle';
import { QUICKBITE } from './protocol';
import { ALL_PROMISES, search, type SearchResult } from './search';
import { Model } from './steps';
import type { World } from './world';
import { WORLDS } from './worlds';

const results = new Map<World, SearchResult>();

/** Searches a world once for all tests. */
const searched = (world: World): SearchResult => {
  const found = results.get(world) ?? search(new Model(world, QUICKBITE), ALL_PROMISES);
  results.set(world, found);
  return found;
};

/** Formats a result as one text, because Jest truncates long lists. */
const format = ({ violation }: SearchResult): string =>
  violation
    ? [`It breaks "${violation.promise}":`, ...violation.trace].join('\n')
    : 'No violation.';

/** A change of the protocol changes the numbers of states. An unexpected change is a lost step. */
it.each(Object.values<World>(WORLDS))(
  '$name: every promise is kept in all $states states',
  (world) => {
    expect(format(searched(world))).toBe('No violation.');
    expect(searched(world).states).toBe(world.states);
  },
);

it('deciding calls in groups reaches no state that deciding them one by one does not', () => {
  const grouped = WORLDS.lastUnitInGroups;
  expect(searched({ ...grouped, maxGroup: 1 }).states).toBe(searched(grouped).states);
});

it('every answer in the table occurs in a world, except impossible ones', () => {
  const cells = Object.entries(TRANSITIONS_ON_REPLY).flatMap(([status, answers]) =>
    Object.keys(answers).map((answer) => `${status}.${answer}`),
  );
  const met = new Set(Object.values<World>(WORLDS).flatMap((world) => [...searched(world).cells]));
  expect(cells.filter((cell) => !met.has(cell))).toEqual([
    // Only a HELD reservation gets this far, which Inventory neither deletes nor rejects.
    'REDUCING.REJECTED',
    'REDUCING.RESERVATION_NOT_FOUND',
    'FULFILLING.REJECTED',
    'FULFILLING.RESERVATION_NOT_FOUND',
  ]);
  expect([...met].filter((cell) => !cells.includes(cell))).toEqual([]);
});

it('a search that cannot visit every state fails', () => {
  const model = new Model(WORLDS.oneOrder, QUICKBITE);
  expect(() => search(model, ALL_PROMISES, WORLDS.oneOrder.states - 1)).toThrow(
    'There are more than 3510 states',
  );
});
