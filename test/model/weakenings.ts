import { INVENTORY_WEAKENINGS } from './inventory-weakenings';
import { ORDERS_WEAKENINGS } from './orders-weakenings';

export const WEAKENINGS = [...INVENTORY_WEAKENINGS, ...ORDERS_WEAKENINGS];
