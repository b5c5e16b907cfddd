import type { MessageToProduce, Producer } from '@platformatic/kafka';
import type { EventPublisher } from '../messaging/event-publisher';
import { BrokerUnavailable, type OutgoingMessage } from '../messaging/message';
import {
  clientOptions,
  type KafkaConnection,
  loadKafka,
  toBrokerUnavailable,
  withTimeout,
} from './kafka-client';

/** Below the 1 MB that a broker accepts in a batch by default. */
const MAX_BATCH_BYTES = 768 * 1_024;
/** Of the envelope of a message, apart from its own bytes. */
const OVERHEAD_BYTES = 64;
/** A new leader is elected in less than a second. */
const RETRY_INTERVAL_MS = 100;
/** The timeout of `publish` ends the retries; this keeps the client from its own default. */
const MAX_RETRIES = 1_000;
const ALL_REPLICAS = -1;

type KafkaProducer = Producer;
type KafkaMessage = MessageToProduce;

/**
 * Publishes to Kafka as an idempotent producer: the broker drops repeated batches. One batch is on its way
 * at a time, so a retry cannot overtake a later batch. A producer that has failed is closed, which ends
 * its retries, and the next call opens another one.
 */
export class KafkaPublisher implements EventPublisher {
  private producer: Promise<KafkaProducer> | undefined;
  private turn: Promise<unknown> = Promise.resolve();
  private isClosed = false;

  constructor(private readonly connection: KafkaConnection) {}

  publish(messages: readonly OutgoingMessage[], timeoutMs: number): Promise<void> {
    const deadlineMs = performance.now() + timeoutMs;
    const published = this.turn.then(() => this.publishNow(messages, deadlineMs));
    this.turn = published.catch(() => undefined);
    return published;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.discard();
  }

  private async publishNow(
    messages: readonly OutgoingMessage[],
    deadlineMs: number,
  ): Promise<void> {
    for (const batch of batchesOf(messages)) {
      const leftMs = Math.ceil(deadlineMs - performance.now());
      if (leftMs <= 0) throw new BrokerUnavailable('there was no time left to send');
      await this.sendBatch(batch, leftMs);
    }
  }

  private async sendBatch(messages: KafkaMessage[], timeoutMs: number): Promise<void> {
    if (this.isClosed) throw new BrokerUnavailable('the publisher is closed');
    const send = async (): Promise<unknown> => {
      this.producer ??= openProducer(this.connection);
      const producer = await this.producer;
      return producer.send({ messages, acks: ALL_REPLICAS });
    };
    try {
      await withTimeout('a send', send(), timeoutMs);
    } catch (error) {
      await this.discard();
      throw toBrokerUnavailable(error);
    }
  }

  /** A closed producer neither retries nor connects. */
  private async discard(): Promise<void> {
    const { producer } = this;
    this.producer = undefined;
    if (!producer) return;
    const closed = producer.then((each) => each.close());
    await withTimeout('closing', closed, RETRY_INTERVAL_MS).catch(() => undefined);
  }
}

const openProducer = async (connection: KafkaConnection): Promise<KafkaProducer> => {
  const kafka = await loadKafka();
  return new kafka.Producer({
    ...clientOptions(connection),
    idempotent: true,
    acks: ALL_REPLICAS,
    retries: MAX_RETRIES,
    retryDelay: RETRY_INTERVAL_MS,
  });
};

const toBuffer = (data: Buffer | string): Buffer =>
  typeof data === 'string' ? Buffer.from(data) : data;

const toKafkaMessage = ({ topic, key, value, headers }: OutgoingMessage): KafkaMessage => ({
  topic,
  ...(key !== null && { key: toBuffer(key) }),
  ...(value !== null && { value: toBuffer(value) }),
  headers: new Map([...headers].map(([name, text]) => [toBuffer(name), toBuffer(text)])),
});

const sizeOf = ({ key, value, headers = new Map<Buffer, Buffer>() }: KafkaMessage): number => {
  let size = OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0);
  for (const [name, text] of headers as Map<Buffer, Buffer>) size += name.length + text.length + 4;
  return size;
};

function* batchesOf(messages: readonly OutgoingMessage[]): Generator<KafkaMessage[]> {
  let batch: KafkaMessage[] = [];
  let bytes = 0;
  for (const message of messages.map(toKafkaMessage)) {
    const size = sizeOf(message);
    if (batch.length > 0 && bytes + size > MAX_BATCH_BYTES) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(message);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
