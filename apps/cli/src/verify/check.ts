import type { DeclaredSchema } from './schema/declared-schema';

/** A rule that every row of a database must satisfy, as SQL that selects the violations. */
export interface Check {
  /** Begins every line about the check. */
  readonly name: string;
  /** The rule, as one sentence. It explains every difference that the check finds. */
  readonly rule: string;
  /** What the rule is about: a key of `tables` in the check's set, or in words with `count`. */
  readonly subject: string;
  /** How many of them there are, if they are not the rows of a table. */
  readonly count?: number;
  /** Returns one row per difference, with the columns of `Difference`, of any type. */
  readonly sql: string;
}

/** All checks of one database. */
export interface CheckSet {
  /** The service that owns the database. */
  readonly app: string;
  /** What the totals count, and the table that contains it. */
  readonly tables: Readonly<Record<string, string>>;
  readonly checks: readonly Check[];
  /** What the catalog and the grants of the database must be. */
  readonly schema: DeclaredSchema;
}

/** One place that violates a rule. */
export interface Difference {
  readonly place: string;
  readonly expected: string;
  readonly found: string;
}

/** Returns a difference as one line. */
export const differenceLine = (
  { name }: Pick<Check, 'name'>,
  { place, expected, found }: Difference,
): string => `${name}: ${place}: expected ${expected}, found ${found}`;
