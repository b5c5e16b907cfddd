import { QUICKBITE } from './protocol';
import { ALL_PROMISES, search } from './search';
import { Model } from './steps';
import { WEAKENINGS } from './weakenings';

it.each(WEAKENINGS)('$name: it breaks "$breaks"', ({ weaker, world, breaks, fault }) => {
  const { violation } = search(new Model(world, { ...QUICKBITE, ...weaker }), [breaks]);
  expect(violation?.trace.at(-1)).toBe(fault);
});

it('every promise is broken by a weakening, so none is kept by accident', () => {
  expect(new Set(WEAKENINGS.map(({ breaks }) => breaks))).toEqual(new Set(ALL_PROMISES));
});
