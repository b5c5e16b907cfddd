import { referenceTime, skewsOf } from './reference-time';

const DAY = 86_400_000;
const NOW = 1_800_000_000_000;
const right = { process: NOW, ordersDatabase: NOW + 2, inventoryDatabase: NOW + 1 };

it.each([
  ['the process is a month behind', { process: NOW - 32 * DAY }],
  ['the process is a day ahead', { process: NOW + DAY }],
  ["Orders' database is a month behind", { ordersDatabase: NOW - 32 * DAY }],
  ["Orders' database is a day ahead", { ordersDatabase: NOW + DAY }],
  ["Inventory's database is a month behind", { inventoryDatabase: NOW - 32 * DAY }],
  ["Inventory's database is a day ahead", { inventoryDatabase: NOW + DAY }],
])('is right if %s', (_what, wrong) => {
  expect(Math.abs(referenceTime({ ...right, ...wrong }) - NOW)).toBeLessThanOrEqual(2);
});

it("is the time of Orders' database before Inventory was read", () => {
  const clocks = { ...right, process: NOW - DAY, inventoryDatabase: undefined };
  expect(referenceTime(clocks)).toBe(NOW + 2);
});

it('is the time of the process before any database was read', () => {
  const clocks = { process: NOW, ordersDatabase: undefined, inventoryDatabase: undefined };
  expect(referenceTime(clocks)).toBe(NOW);
});

it('tells how far each clock is ahead', () => {
  expect(
    skewsOf({ process: NOW - DAY, ordersDatabase: NOW, inventoryDatabase: undefined }),
  ).toEqual({
    process: -DAY,
    ordersDatabase: 0,
    inventoryDatabase: null,
  });
});
