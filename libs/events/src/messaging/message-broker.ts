import type { CommandSource } from './command-source';
import type { EventPublisher } from './event-publisher';

/** Members of the same group share the partitions of its topics. */
export interface ConsumerGroup {
  readonly groupId: string;
  readonly topics: readonly string[];
}

/** The topics of a broker. */
export interface Topics {
  /**
   * Creates the topics that are missing, if the service may. Resolves when all exist. Rejects with
   * BrokerUnavailable, which names the missing ones.
   */
  ensure(names: readonly string[]): Promise<void>;
}

/** A message broker, as far as services use it. */
export interface MessageBroker {
  readonly topics: Topics;
  /** Returns a publisher of its own. It connects when it is used. */
  openPublisher(): EventPublisher;
  openSource(group: ConsumerGroup): CommandSource;
}
