import type { OutgoingMessage } from './message';

/** Sends messages to a broker. */
export interface EventPublisher {
  /**
   * Sends messages, in their order for each key. Resolves when all in-sync replicas have all of them.
   * Rejects with BrokerUnavailable otherwise, after `timeoutMs` at the latest: some of the messages may
   * then have been stored, and none is sent any more. Concurrent calls take turns.
   */
  publish(messages: readonly OutgoingMessage[], timeoutMs: number): Promise<void>;

  /** Closes the connections. Calls in progress reject. */
  close(): Promise<void>;
}
