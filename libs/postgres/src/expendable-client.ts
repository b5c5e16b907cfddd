import { Client, type ClientConfig } from 'pg';
import { isAnswerless } from './postgres-errors';

/**
 * A connection that is given up when a query on it got no answer in time. pg by itself leaves the
 * query running on it and the pool hands it out again, so that one frozen backend would fail
 * everybody who comes after, one time-out each.
 */
export class ExpendableClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config);
    const query = this.query.bind(this) as (...args: unknown[]) => unknown;
    const orGiveUp = (...args: unknown[]): unknown => {
      const result = query(...args);
      if (result instanceof Promise) result.catch((error: unknown) => this.giveUpAfter(error));
      return result;
    };
    this.query = orGiveUp as typeof this.query;
  }

  private giveUpAfter(error: unknown): void {
    if (!isAnswerless(error)) return;
    const { connection } = this as unknown as { connection: { stream: { destroy(): void } } };
    connection.stream.destroy();
  }
}
