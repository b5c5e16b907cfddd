import { KafkaRelayState, toTimestamp } from '@app/contracts';
import { kafkaLines } from './kafka-status';

it('names each partition that is stopped, with its reason', () => {
  const stopped = {
    partition: 'stock-adjustments.v1/3',
    since: toTimestamp(new Date('2026-11-23T12:00:00Z')),
    reason: 'cannot write to inventory.dlq.v1: refused',
  };
  const relay = KafkaRelayState.KAFKA_RELAY_STATE_ACTIVE;
  expect(kafkaLines('host:9090', { relay, stoppedPartitions: [stopped] })).toEqual([
    'Inventory at host:9090 publishes events. 1 of its partitions are stopped.',
    'stock-adjustments.v1/3\tstopped since 2026-11-23T12:00:00.000Z\tcannot write to inventory.dlq.v1: refused',
  ]);
});

it('says that Inventory works without Kafka', () => {
  expect(kafkaLines('host:9090', undefined)).toEqual([
    'Inventory at host:9090 works without Kafka.',
  ]);
});
