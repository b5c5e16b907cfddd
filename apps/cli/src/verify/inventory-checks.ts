import type { CheckSet } from './check';
import { ledgerChecks } from './ledger-checks';
import { reservationChecks } from './reservation-checks';
import { inventoryDeclared } from './schema/inventory.declared';

/** All checks of Inventory's database. They are independent of the service's code. */
export const inventoryChecks: CheckSet = {
  app: 'Inventory',
  tables: {
    SKUs: 'stock_level',
    movements: 'stock_movement',
    reservations: 'reservation',
    lines: 'reservation_line',
  },
  checks: [...ledgerChecks, ...reservationChecks],
  schema: inventoryDeclared,
};
