import { type DynamicModule, Module, type ModuleMetadata, type Type } from '@nestjs/common';
import type { KafkaConfig } from '@app/config';
import { Database } from '@app/postgres';
import { CommandConsumer } from '../commands/command-consumer';
import { CommandConsumerWorker } from '../commands/command-consumer.worker';
import { EventCursorRepository } from '../event-cursor.repository';
import type { EventReader } from '../event-feed';
import type { LogPosition } from '../log-position';
import { KafkaMessageBroker } from '../kafka/kafka-message-broker';
import { type PublishedEvent, toCloudEvent } from '../relay/cloud-event';
import { EventRelay } from '../relay/event-relay';
import { EventRelayWorker } from '../relay/event-relay.worker';
import type { IncomingMessage, OutgoingMessage } from './message';
import type { MessageBroker } from './message-broker';
import { MessagingStatus } from './messaging-status.service';

/** The name of the relay's cursor. */
const CURSOR = 'kafka';

/** Carries out commands. */
export interface CommandHandler {
  /**
   * Resolves when the effect of the command is durable. A repeated command must change nothing. Throws
   * CommandRejected or a ServiceError for a command that can never succeed, CommandDelayed for one that
   * cannot succeed now.
   */
  handle(message: IncomingMessage): Promise<void>;
}

/** The names of a service's topics and of its consumer group, before the prefix of the settings. */
export interface ServiceTopics {
  readonly events: string;
  readonly commands: string;
  readonly deadLetters: string;
  /** Also the name by which brokers know the service. */
  readonly group: string;
}

export interface MessagingOptions<Event extends LogPosition> {
  readonly topics: ServiceTopics;
  /** URI reference of the service, as CloudEvents name their source. */
  readonly source: string;
  /** Creates the reader of the relay. It must not use the connections for the reads of callers. */
  readonly createReader: (database: Database) => EventReader<Event>;
  /** Returns an event as consumers receive it, with its key; undefined for one that they do not receive. */
  readonly toPublished: (
    event: Event,
  ) => { readonly event: PublishedEvent; readonly key: string } | undefined;
  /** Carries out commands. Its dependencies are those of `imports`. */
  readonly commandHandler: Type<CommandHandler>;
  readonly imports?: ModuleMetadata['imports'];
}

/** Returns the broker of the settings. */
export type OpenBroker = (config: KafkaConfig, clientId: string) => MessageBroker;

const openKafka: OpenBroker = ({ brokers, tls, sasl, topics }, clientId) =>
  new KafkaMessageBroker({ brokers, clientId, ...(tls && { tls }), ...(sasl && { sasl }) }, topics);

const relayProviders = <Event extends LogPosition>(
  broker: MessageBroker,
  { start, topicPrefix }: KafkaConfig,
  { topics, source, createReader, toPublished }: MessagingOptions<Event>,
) => {
  const topic = topicPrefix + topics.events;
  const toMessage = (logged: Event): OutgoingMessage | undefined => {
    const published = toPublished(logged);
    return (
      published && toCloudEvent(published.event, logged, { topic, source, key: published.key })
    );
  };
  return [
    {
      provide: EventRelay,
      inject: [EventCursorRepository, Database],
      useFactory: (cursors: EventCursorRepository, database: Database) =>
        new EventRelay(
          { cursors, publisher: broker.openPublisher(), topics: broker.topics },
          { cursor: CURSOR, topic, start, reader: createReader(database), toMessage },
        ),
    },
    EventRelayWorker,
  ];
};

const commandProviders = (
  broker: MessageBroker,
  topicPrefix: string,
  { topics, commandHandler }: Pick<MessagingOptions<never>, 'topics' | 'commandHandler'>,
) => {
  const topic = topicPrefix + topics.commands;
  const deadLetterTopic = topicPrefix + topics.deadLetters;
  const publisher = broker.openPublisher();
  return [
    commandHandler,
    {
      provide: CommandConsumer,
      inject: [commandHandler],
      useFactory: (each: CommandHandler) =>
        new CommandConsumer({
          handle: (message) => each.handle(message),
          deadLetterTopic,
          publisher,
        }),
    },
    {
      provide: CommandConsumerWorker,
      inject: [CommandConsumer],
      useFactory: (consumer: CommandConsumer) =>
        new CommandConsumerWorker({
          source: broker.openSource({ groupId: topicPrefix + topics.group, topics: [topic] }),
          consumer,
          publisher,
          topics: broker.topics,
          topicNames: [topic, deadLetterTopic],
        }),
    },
  ];
};

/** The work of a service with a message broker: it publishes its events, and consumes commands. */
@Module({})
export class MessagingModule {
  /** Without settings the module does nothing. */
  static with<Event extends LogPosition>(
    config: KafkaConfig | undefined,
    options: MessagingOptions<Event>,
    openBroker: OpenBroker = openKafka,
  ): DynamicModule {
    if (!config) return { module: MessagingModule };
    const { topics, imports = [] } = options;
    const broker = openBroker(config, topics.group);
    return {
      module: MessagingModule,
      global: true,
      imports,
      providers: [
        ...relayProviders(broker, config, options),
        ...(config.isConsuming ? commandProviders(broker, config.topicPrefix, options) : []),
        MessagingStatus,
      ],
      exports: [MessagingStatus],
    };
  }
}
