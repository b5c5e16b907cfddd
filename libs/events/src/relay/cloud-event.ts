import type { LogPosition } from '../log-position';
import type { OutgoingMessage } from '../messaging/message';

/** An event as other systems receive it. */
export interface PublishedEvent {
  readonly eventId: string;
  readonly type: string;
  /** When it occurred, as ISO 8601 in UTC. */
  readonly time: string;
}

export interface CloudEventAddress {
  readonly topic: string;
  /** URI reference of the service: /quickbite/orders. */
  readonly source: string;
  /** Events with the same key keep their order. It is also the subject of the event. */
  readonly key: string;
}

/**
 * Returns an event as a Kafka message in the binary mode of CloudEvents 1.0. `logposition` grows with each
 * event of the log, so a consumer recognizes repeated events of a key.
 */
export const toCloudEvent = (
  event: PublishedEvent,
  { position }: LogPosition,
  { topic, source, key }: CloudEventAddress,
): OutgoingMessage => ({
  topic,
  key,
  value: JSON.stringify(event),
  headers: new Map([
    ['ce_specversion', '1.0'],
    ['ce_id', event.eventId],
    ['ce_source', source],
    ['ce_type', event.type],
    ['ce_time', event.time],
    ['ce_subject', key],
    ['ce_logposition', String(position)],
    ['content-type', 'application/json'],
  ]),
});
