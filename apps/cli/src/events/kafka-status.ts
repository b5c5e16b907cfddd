import { type KafkaStatus, KafkaRelayState, toDate } from '@app/contracts';
import { print, printNote } from '../command-line/output';
import { findInventory, inventorySecurity } from '../instance/inventory-address';
import { describeGrpcError, isServiceError, StockAdminClient } from '../stock/stock-admin.client';

const TIMEOUT_MS = 2_000;

const RELAY_TEXTS: Readonly<Partial<Record<KafkaRelayState, string>>> = {
  [KafkaRelayState.KAFKA_RELAY_STATE_ACTIVE]: 'publishes events',
  [KafkaRelayState.KAFKA_RELAY_STATE_STANDBY]: 'stands by while another instance publishes events',
  [KafkaRelayState.KAFKA_RELAY_STATE_UNAVAILABLE]: 'cannot reach Kafka',
};

/** Prints what the Inventory that responds does with Kafka. */
export async function printInventoryKafka(): Promise<void> {
  const { address, source } = await findInventory(undefined);
  const client = new StockAdminClient(address, await inventorySecurity(address));
  try {
    const { kafka } = await client.kafkaStatus(TIMEOUT_MS);
    for (const line of kafkaLines(address, kafka)) print(line);
  } catch (error) {
    if (!isServiceError(error)) throw error;
    printNote(
      `Inventory at ${address} (${source}) does not say which partitions are stopped: ${describeGrpcError(error)}`,
    );
  } finally {
    client.close();
  }
}

/** Returns the lines about an Inventory: whether it publishes events, and its partitions that do not move on. */
export function kafkaLines(address: string, kafka: KafkaStatus | undefined): string[] {
  const name = `Inventory at ${address}`;
  if (!kafka) return [`${name} works without Kafka.`];
  const stopped = kafka.stoppedPartitions.map(
    ({ partition, since, reason }) =>
      `${partition}\tstopped since ${since ? toDate(since).toISOString() : 'an unknown time'}\t${reason}`,
  );
  return [
    `${name} ${RELAY_TEXTS[kafka.relay] ?? 'works with Kafka'}. ${stopped.length} of its partitions are stopped.`,
    ...stopped,
  ];
}
