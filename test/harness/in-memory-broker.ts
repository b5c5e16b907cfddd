import type { KafkaConfig } from '@app/config';
import {
  BrokerUnavailable,
  type CommandSource,
  type ConsumerGroup,
  type EventPublisher,
  type IncomingMessage,
  type MessageBroker,
  type OutgoingMessage,
  type Topics,
} from '@app/events';
import { InMemoryGroup } from './in-memory-group';

const PARTITIONS = 3;

/** Settings of a service that uses it. */
export const IN_MEMORY_KAFKA: KafkaConfig = {
  brokers: ['in-memory:9092'],
  start: 'oldest',
  isConsuming: true,
  topicPrefix: '',
  topics: { create: true, partitions: PARTITIONS, replicas: 1 },
};

/** What the broker does with the next batch of a publisher. */
export type PublishFault =
  /** Stores it, but the publisher never learns. */
  | 'loseAck'
  /** Stores the first half of it, and then the publisher loses its connection. */
  | 'storeHalf'
  | 'refuse';

const toBuffer = (data: Buffer | string): Buffer =>
  typeof data === 'string' ? Buffer.from(data) : data;

const hashOf = (key: Buffer): number => key.reduce((hash, byte) => (hash * 31 + byte) >>> 0, 7);

/**
 * A broker in this process: partitions by key, offsets, consumer groups that rebalance, and faults. Tests
 * use it where a real Kafka would be too slow.
 */
export class InMemoryBroker implements MessageBroker {
  private readonly logs = new Map<string, IncomingMessage[][]>();
  private readonly groups = new Map<string, InMemoryGroup>();
  private readonly listeners = new Set<() => void>();
  /** False: nothing can reach it. */
  isUp = true;
  /** Chooses the fault of the next batch. */
  nextFault: (messages: readonly OutgoingMessage[]) => PublishFault | undefined = () => undefined;
  /** Topics that cannot be written to. */
  readonly unwritable = new Set<string>();

  readonly topics: Topics = {
    ensure: async (names) => {
      await this.reach();
      for (const name of names) this.partitionsOf(name);
    },
  };

  openPublisher(): InMemoryPublisher {
    return new InMemoryPublisher(this);
  }

  openSource({ groupId, topics }: ConsumerGroup): CommandSource {
    let group = this.groups.get(groupId);
    if (!group) this.groups.set(groupId, (group = new InMemoryGroup(this, topics)));
    return group.openMember();
  }

  /** The messages of a topic, in the order of their partitions and offsets. */
  messagesOf(topic: string): readonly IncomingMessage[] {
    return this.partitionsOf(topic).flat();
  }

  partitionsOf(topic: string): IncomingMessage[][] {
    let partitions = this.logs.get(topic);
    if (!partitions) {
      partitions = Array.from({ length: PARTITIONS }, () => []);
      this.logs.set(topic, partitions);
    }
    return partitions;
  }

  /** Stores messages as a publisher without faults would. */
  append(messages: readonly OutgoingMessage[]): void {
    for (const { topic, key, value, headers } of messages) {
      const partitions = this.partitionsOf(topic);
      const keyBytes = key === null ? null : toBuffer(key);
      const partition = keyBytes === null ? 0 : hashOf(keyBytes) % partitions.length;
      const log = partitions[partition] ?? [];
      log.push({
        topic,
        partition,
        offset: BigInt(log.length),
        timestampMs: Date.now(),
        key: keyBytes,
        value: value === null ? null : toBuffer(value),
        headers: new Map([...headers].map(([name, text]) => [name, toBuffer(text)])),
      });
    }
    for (const listener of this.listeners) listener();
  }

  onAppend(listener: () => void): void {
    this.listeners.add(listener);
  }

  /** Takes as long as a turn of the event loop. Rejects while the broker is down. */
  async reach(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (!this.isUp) throw new BrokerUnavailable('the broker is down');
  }

  /** The offset that a group has committed. */
  committedOf(groupId: string, topic: string, partition: number): bigint {
    return this.groups.get(groupId)?.committedOf(topic, partition) ?? 0n;
  }
}

/** A publisher whose process can be killed. */
export class InMemoryPublisher implements EventPublisher {
  private isKilled = false;
  /** Awaited after a batch was stored and before it is acknowledged. */
  beforeAck: () => Promise<void> = () => Promise.resolve();

  constructor(private readonly broker: InMemoryBroker) {}

  async publish(messages: readonly OutgoingMessage[]): Promise<void> {
    await this.broker.reach();
    this.requireAlive();
    if (messages.some(({ topic }) => this.broker.unwritable.has(topic))) {
      throw new BrokerUnavailable('the topic cannot be written to');
    }
    const fault = this.broker.nextFault(messages);
    if (fault === 'refuse') throw new BrokerUnavailable('refused');
    const stored = fault === 'storeHalf' ? messages.slice(0, messages.length / 2) : messages;
    this.broker.append(stored);
    await this.beforeAck();
    if (fault !== undefined) throw new BrokerUnavailable(`fault: ${fault}`);
    this.requireAlive();
  }

  /** From now on nothing is sent, and no acknowledgment arrives. */
  kill(): void {
    this.isKilled = true;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private requireAlive(): void {
    if (this.isKilled) throw new BrokerUnavailable('this process is dead');
  }
}
