import { withShortLock } from '@app/postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const WAITING = `status in ('RETRYING', 'QUEUED', 'PARKED')`;

const CREATE: readonly string[] = [
  `create table if not exists webhook_endpoint (
     id                     uuid not null,
     url                    text collate "C" not null,
     types                  text[] collate "C",
     description            text collate "C",
     secret                 text collate "C" not null,
     previous_secret        text collate "C",
     previous_secret_until  timestamptz,
     failing_since          timestamptz,
     disabled_at            timestamptz,
     disabled_reason        text collate "C",
     created_at             timestamptz not null default now(),
     updated_at             timestamptz not null default now(),
     constraint webhook_endpoint_pkey primary key (id),
     constraint webhook_endpoint_disabled check
       ((disabled_at is null) = (disabled_reason is null)),
     constraint webhook_endpoint_disabled_reason check
       (disabled_reason in ('REQUESTED', 'FAILING')),
     constraint webhook_endpoint_previous_secret check
       ((previous_secret is null) = (previous_secret_until is null))
   )`,
  `create table if not exists webhook_delivery (
     endpoint_id      uuid not null,
     id               text collate "C" not null,
     position         bigint not null,
     ref              text collate "C" not null,
     key              text collate "C" not null,
     type             text collate "C" not null,
     status           text collate "C" not null,
     attempts         integer not null default 0,
     first_failed_at  timestamptz,
     next_attempt_at  timestamptz,
     last_attempt_at  timestamptz,
     response_code    integer,
     error            text collate "C",
     updated_at       timestamptz not null default now(),
     constraint webhook_delivery_pkey primary key (endpoint_id, id),
     constraint webhook_delivery_endpoint foreign key (endpoint_id)
       references webhook_endpoint (id) on delete cascade,
     constraint webhook_delivery_status check
       (status in ('RETRYING', 'QUEUED', 'PARKED', 'DELIVERED', 'DISCARDED')),
     constraint webhook_delivery_next_attempt check
       ((status = 'RETRYING') = (next_attempt_at is not null))
   )`,
  `create index if not exists webhook_delivery_by_position
     on webhook_delivery (endpoint_id, position)`,
  `create index if not exists webhook_delivery_due
     on webhook_delivery (endpoint_id, next_attempt_at) where status = 'RETRYING'`,
  `create index if not exists webhook_delivery_waiting
     on webhook_delivery (endpoint_id, key, position) where ${WAITING}`,
  `create index if not exists webhook_delivery_done
     on webhook_delivery (endpoint_id, updated_at) where not (${WAITING})`,
];

/** Webhooks and the deliveries that wait. */
export class Webhooks1765000000000 implements MigrationInterface {
  name = 'Webhooks1765000000000';
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await withShortLock(runner, ...CREATE);
  }

  async down(runner: QueryRunner): Promise<void> {
    await withShortLock(
      runner,
      `delete from event_cursor where name like 'webhook/%'`,
      'drop table if exists webhook_delivery',
      'drop table if exists webhook_endpoint',
    );
  }
}
