import { z } from 'zod';
import { kafkaConfigOf, kafkaSettings, loadConfig } from '@app/config';
import {
  BrokerUnavailable,
  type DeadLetter,
  KafkaPublisher,
  type KafkaConnection,
  parseDeadLetter,
  readTopic,
  resolvedIdOf,
  type Resolution,
  toOriginal,
  toResolution,
} from '@app/events';
import { CommandError } from '../command-line/command-error';
import { printNote } from '../command-line/output';
import type { ServiceName } from '../instance/database-target';
import { readSettings } from '../instance/settings-source';

const SEND_TIMEOUT_MS = 10_000;

/** The dead letters of one service. */
export class DeadLetterQueue {
  private readonly publisher: KafkaPublisher;

  constructor(
    private readonly connection: KafkaConnection,
    readonly topic: string,
  ) {
    this.publisher = new KafkaPublisher(connection);
  }

  /** Returns the dead letters that are neither replayed nor discarded, the oldest of a partition first. */
  async read(): Promise<DeadLetter[]> {
    const letters = new Map<string, DeadLetter>();
    const resolved: string[] = [];
    for await (const message of readTopic(this.connection, this.topic)) {
      const id = resolvedIdOf(message);
      if (id !== undefined) resolved.push(id);
      const letter = parseDeadLetter(message);
      if (letter) letters.set(letter.id, letter);
    }
    for (const id of resolved) letters.delete(id);
    return [...letters.values()];
  }

  /** Sends the original message to its topic again, or only marks the dead letter as done. */
  async resolve(letter: DeadLetter, resolution: Resolution): Promise<void> {
    if (resolution === 'replayed') {
      await this.publisher.publish([toOriginal(letter)], SEND_TIMEOUT_MS);
    }
    const mark = toResolution(letter, this.topic, resolution);
    await this.publisher.publish([mark], SEND_TIMEOUT_MS);
  }

  close(): Promise<void> {
    return this.publisher.close();
  }
}

/** Runs `work` with the dead letters of a service, as its settings for Kafka name them. */
export async function withDeadLetters<Result>(
  service: ServiceName,
  work: (queue: DeadLetterQueue) => Promise<Result>,
): Promise<Result> {
  const prefix = service === 'orders' ? 'ORDERS' : 'INVENTORY';
  const settings = kafkaSettings(prefix);
  const { values, source } = await readSettings({
    names: Object.keys(settings),
    fromInstance: () => undefined,
  });
  const config = kafkaConfigOf(prefix, loadConfig(z.object(settings), values));
  if (!config) {
    throw new CommandError(
      `${prefix}_KAFKA_BROKERS is not set. Set it to the brokers that ${service} uses, in the environment or in .env.`,
    );
  }
  const { brokers, tls, sasl, topicPrefix } = config;
  const topic = `${topicPrefix}${service}.dlq.v1`;
  printNote(`${topic} at ${brokers.join(', ')} (${source})`);
  const connection = {
    brokers,
    clientId: 'quickbite-cli',
    ...(tls && { tls }),
    ...(sasl && { sasl }),
  };
  const queue = new DeadLetterQueue(connection, topic);
  try {
    return await work(queue);
  } catch (error) {
    if (!(error instanceof BrokerUnavailable)) throw error;
    throw new CommandError(`Kafka did not do it: ${error.message}`, { cause: error });
  } finally {
    await queue.close();
  }
}
