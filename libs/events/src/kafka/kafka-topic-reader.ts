import type { IncomingMessage } from '../messaging/message';
import { BrokerUnavailable } from '../messaging/message';
import {
  clientOptions,
  type KafkaConnection,
  loadKafka,
  toBrokerUnavailable,
} from './kafka-client';
import { type KafkaConsumer, KafkaFetcher } from './kafka-fetcher';
import { KafkaPartition } from './kafka-partition';

const OLDEST = -2n;
const RETRIES = 1;
const RETRY_DELAY_MS = 200;
/** Not the id of a group: reading joins none. */
const GROUP = 'quickbite-reader';

/**
 * Yields the messages that a topic has now, partition by partition, each in its order. Throws
 * BrokerUnavailable if a broker does not respond or the topic does not exist.
 */
export async function* readTopic(
  connection: KafkaConnection,
  topic: string,
): AsyncGenerator<IncomingMessage> {
  const kafka = await loadKafka();
  const client: KafkaConsumer = new kafka.Consumer({
    ...clientOptions(connection),
    groupId: GROUP,
    retries: RETRIES,
    retryDelay: RETRY_DELAY_MS,
  });
  client.topics.track(topic);
  try {
    const topics = [topic];
    const [starts, ends] = await Promise.all([
      client.listOffsets({ topics, timestamp: OLDEST }),
      client.listOffsets({ topics }),
    ]);
    for (const [partition, end] of (ends.get(topic) ?? []).entries()) {
      const start = starts.get(topic)?.[partition] ?? 0n;
      if (start < end) yield* readPartition(client, { topic, partition, start, end });
    }
  } catch (error) {
    throw toBrokerUnavailable(error);
  } finally {
    await client.close(true).catch(() => undefined);
  }
}

interface PartitionRange {
  readonly topic: string;
  readonly partition: number;
  readonly start: bigint;
  readonly end: bigint;
}

async function* readPartition(
  client: KafkaConsumer,
  { topic, partition, start, end }: PartitionRange,
): AsyncGenerator<IncomingMessage> {
  let failure: string | undefined;
  const commit = () => Promise.reject(new BrokerUnavailable('a reader commits nothing'));
  const source = new KafkaPartition(topic, partition, start, commit, () => fetcher.wake());
  const fetcher = new KafkaFetcher(client, {
    onFetched: () => undefined,
    onFailed: (reason) => {
      failure = reason;
      source.revoke();
    },
  });
  fetcher.assign([source]);
  const running = fetcher.run();
  try {
    for (let next = start; next < end;) {
      const messages = await source.read();
      if (failure !== undefined) throw new BrokerUnavailable(failure);
      for (const message of messages) if (message.offset < end) yield message;
      next = source.nextOffset;
    }
  } finally {
    fetcher.stop();
    await running;
  }
}
