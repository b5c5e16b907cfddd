import { Client, type ClientConfig } from 'pg';
import { isQueryTimeout } from './postgres-errors';
import { nameOf } from './prepared';

type Query = (...args: unknown[]) => unknown;

/**
 * A connection that is given up when a query on it got no answer in time. pg by itself leaves the
 * query running on it and the pool hands it out again, so that one frozen backend would fail
 * everybody who comes after, one time-out each.
 *
 * It knows prepared statements by their text, since TypeORM has no way to name one.
 */
export class DiscardOnTimeoutClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config);
    const query = this.query.bind(this) as Query;
    const discardOnTimeout: Query = (...args) => {
      const result = query(...named(args));
      if (result instanceof Promise) result.catch((error: unknown) => this.discardAfter(error));
      return result;
    };
    this.query = discardOnTimeout as typeof this.query;
  }

  private discardAfter(error: unknown): void {
    if (!isQueryTimeout(error)) return;
    const { connection } = this as unknown as { connection: { stream: { destroy(): void } } };
    connection.stream.destroy();
  }
}

const named = ([text, values, ...rest]: unknown[]): unknown[] => {
  const name = typeof text === 'string' ? nameOf(text) : undefined;
  return name === undefined ? [text, values, ...rest] : [{ name, text, values }, ...rest];
};
