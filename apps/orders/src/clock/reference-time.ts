/** The three clocks that decide about an order, in ms since 1970. Undefined: not read yet. */
export interface Clocks {
  readonly process: number;
  readonly ordersDatabase: number | undefined;
  readonly inventoryDatabase: number | undefined;
}

/**
 * Returns the time on which two of three clocks agree best: their median. One wrong clock therefore never
 * matters. Of two, Orders' database: its time is the same for all instances.
 */
export const referenceTime = ({ process, ordersDatabase, inventoryDatabase }: Clocks): number => {
  if (ordersDatabase === undefined) return process;
  if (inventoryDatabase === undefined) return ordersDatabase;
  const [, median = ordersDatabase] = [process, ordersDatabase, inventoryDatabase].sort(
    (a, b) => a - b,
  );
  return median;
};

/** How far a clock is ahead of the reference time, in ms. Null: not read yet. */
export interface ClockSkews {
  readonly process: number;
  readonly ordersDatabase: number | null;
  readonly inventoryDatabase: number | null;
}

/** Returns how far each clock is ahead of the reference time. */
export const skewsOf = (clocks: Clocks): ClockSkews => {
  const reference = referenceTime(clocks);
  const ahead = (time: number | undefined) =>
    time === undefined ? null : Math.round(time - reference);
  return {
    process: Math.round(clocks.process - reference),
    ordersDatabase: ahead(clocks.ordersDatabase),
    inventoryDatabase: ahead(clocks.inventoryDatabase),
  };
};
