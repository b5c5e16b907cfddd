/** Changes an order. */
export const order = (id: string, change: string): string =>
  `update orders set ${change} where id = '${id}'`;

/** Changes an item of an order. */
export const item = (id: string, position: number, change: string): string =>
  `update order_item set ${change} where order_id = '${id}' and position = ${position}`;

/** Changes an event of an order. */
export const event = (id: string, seq: number, change: string): string =>
  `update order_event set ${change} where order_id = '${id}' and seq = ${seq}`;
