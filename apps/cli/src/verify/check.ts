/** Something that must be true of a database, in SQL that asks for what breaks it. */
export interface Check {
  /** Begins every line about it. */
  readonly name: string;
  /** What is true where it finds nothing. */
  readonly says: string;
  /** What it looks at each of: one of its set's tables. */
  readonly looksAt: string;
  /** Gives a row for each difference, with the columns of `Difference`, of whatever type. */
  readonly sql: string;
}

/** All that must be true of one database. */
export interface CheckSet {
  /** Whose database it is. */
  readonly app: string;
  /** What is counted for the totals, and the table that has it. */
  readonly tables: Readonly<Record<string, string>>;
  readonly checks: readonly Check[];
}

/** One place where a check does not hold. */
export interface Difference {
  readonly place: string;
  readonly expected: string;
  readonly found: string;
}

export const differenceLine = (
  { name }: Pick<Check, 'name'>,
  { place, expected, found }: Difference,
): string => `${name}: ${place}: expected ${expected}, found ${found}`;
