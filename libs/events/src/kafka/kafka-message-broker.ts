import type { CommandSource } from '../messaging/command-source';
import type { EventPublisher } from '../messaging/event-publisher';
import type { ConsumerGroup, MessageBroker, Topics } from '../messaging/message-broker';
import type { KafkaConnection } from './kafka-client';
import { KafkaCommandSource } from './kafka-command-source';
import { KafkaPublisher } from './kafka-publisher';
import { KafkaTopics, type TopicSettings } from './kafka-topics';

/** A Kafka cluster. */
export class KafkaMessageBroker implements MessageBroker {
  readonly topics: Topics;

  constructor(
    private readonly connection: KafkaConnection,
    topics: TopicSettings,
  ) {
    this.topics = new KafkaTopics(connection, topics);
  }

  openPublisher(): EventPublisher {
    return new KafkaPublisher(this.connection);
  }

  openSource(group: ConsumerGroup): CommandSource {
    return new KafkaCommandSource(this.connection, group);
  }
}
