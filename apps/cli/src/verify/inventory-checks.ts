import type { CheckSet } from './check';
import { inventoryEventChecks } from './inventory-event-checks';
import { ledgerChecks } from './ledger-checks';
import { reductionChecks } from './reduction-checks';
import { rejectionCheck } from './rejection-check';
import { reservationChecks } from './reservation-checks';
import { reservationTimeChecks } from './reservation-time-checks';
import { rowChecks, type TableRule } from './row-checks';
import { inventoryDeclared } from './schema/inventory.declared';
import { thresholdChecks } from './threshold-checks';

/** The key of a movement is covered by `sequence`, and that of the horizon by `horizon`. */
const TABLES: readonly TableRule[] = [
  {
    table: 'stock_level',
    place: `format('level %s', sku)`,
    required: ['sku', 'on_hand', 'reserved', 'last_seq', 'shortfall', 'updated_at'],
    key: ['sku'],
    times: ['updated_at'],
  },
  {
    table: 'stock_movement',
    place: `format('%s, movement %s', sku, seq)`,
    required: [
      'sku',
      'seq',
      'kind',
      'on_hand_delta',
      'reserved_delta',
      'on_hand_after',
      'reserved_after',
      'occurred_at',
    ],
    times: ['occurred_at'],
  },
  {
    table: 'stock_threshold',
    place: `format('threshold of %s', sku)`,
    required: [
      'sku',
      'low_at',
      'replenished_at',
      'is_low',
      'changed_seq',
      'changed_available',
      'changed_at',
    ],
    key: ['sku'],
    times: ['changed_at'],
  },
  {
    table: 'reservation',
    place: `format('reservation %s', id)`,
    required: ['id', 'state', 'created_at', 'updated_at', 'reductions'],
    key: ['id'],
    times: ['created_at', 'updated_at'],
  },
  {
    table: 'reservation_line',
    place: `format('reservation %s, %s', reservation_id, sku)`,
    required: ['reservation_id', 'sku', 'quantity'],
    key: ['reservation_id', 'sku'],
    times: [],
  },
  {
    table: 'reduced_line',
    place: `format('reduced line of reservation %s, %s', reservation_id, sku)`,
    required: ['reservation_id', 'sku', 'quantity'],
    key: ['reservation_id', 'sku'],
    times: [],
  },
  {
    table: 'tombstone_horizon',
    place: `'tombstone_horizon'`,
    required: ['id', 'forgotten_before'],
    times: [],
  },
];

/** All checks of Inventory's database. They are independent of the service's code. */
export const inventoryChecks: CheckSet = {
  app: 'Inventory',
  tables: {
    SKUs: 'stock_level',
    movements: 'stock_movement',
    reservations: 'reservation',
    lines: 'reservation_line',
    thresholds: 'stock_threshold',
    log: 'event_log',
    cursors: 'event_cursor',
  },
  checks: [
    ...ledgerChecks,
    ...reservationChecks,
    ...reductionChecks,
    rejectionCheck,
    ...reservationTimeChecks,
    ...rowChecks('reservations', TABLES),
    ...inventoryEventChecks,
    ...thresholdChecks,
  ],
  schema: inventoryDeclared,
};
