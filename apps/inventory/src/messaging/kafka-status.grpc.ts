import { Controller, Optional } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import {
  type GetKafkaStatusResponse,
  INVENTORY_SERVICE,
  type InventoryService,
  KafkaRelayState,
  toTimestamp,
} from '@app/contracts';
import { MessagingStatus, type RelayState } from '@app/events';

type KafkaStatusCalls = Pick<InventoryService, 'getKafkaStatus'>;

const RELAY_STATES = {
  active: KafkaRelayState.KAFKA_RELAY_STATE_ACTIVE,
  standby: KafkaRelayState.KAFKA_RELAY_STATE_STANDBY,
  unavailable: KafkaRelayState.KAFKA_RELAY_STATE_UNAVAILABLE,
} as const satisfies Record<RelayState, KafkaRelayState>;

/** Maps what this instance does with Kafka to gRPC. Contains no rules. */
@Controller()
export class KafkaStatusGrpcController implements KafkaStatusCalls {
  constructor(@Optional() private readonly messaging?: MessagingStatus) {}

  @GrpcMethod(INVENTORY_SERVICE)
  getKafkaStatus(): Promise<GetKafkaStatusResponse> {
    return Promise.resolve(this.messaging ? { kafka: toKafkaStatus(this.messaging) } : {});
  }
}

const toKafkaStatus = ({
  relayState,
  stoppedPartitions,
}: MessagingStatus): GetKafkaStatusResponse['kafka'] => ({
  relay: RELAY_STATES[relayState],
  stoppedPartitions: stoppedPartitions.map(({ partition, since, reason }) => ({
    partition,
    since: toTimestamp(since),
    reason,
  })),
});
