import type { CheckSet } from './check';
import { ledgerChecks } from './ledger-checks';
import { reservationChecks } from './reservation-checks';

/** All that must be true of Inventory's database, in SQL that knows nothing of the app's code. */
export const inventoryChecks: CheckSet = {
  app: 'Inventory',
  tables: {
    SKUs: 'stock_level',
    movements: 'stock_movement',
    reservations: 'reservation',
    lines: 'reservation_line',
  },
  checks: [...ledgerChecks, ...reservationChecks],
};
