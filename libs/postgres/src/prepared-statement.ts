import { createHash } from 'node:crypto';

/**
 * A statement with a fixed text that each connection parses and plans once. For statements that run
 * for every order: planning the two of Orders took Postgres 0.65 ms, as long as 12 orders do. In
 * groups of 8 that made 180 µs per order instead of 100 µs.
 */
export class PreparedStatement {
  /** A hash of the text: equal statements share a plan, and different ones never clash. */
  readonly name: string;

  readonly text: string;

  constructor(text: string) {
    // Without the line break of a template literal, monitoring shows the statement from its start.
    this.text = text.trim();
    this.name = `quickbite_${createHash('sha256').update(this.text).digest('hex').slice(0, 16)}`;
  }
}

export type Statement = string | PreparedStatement;
