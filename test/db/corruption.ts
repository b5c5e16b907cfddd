/** A statement that corrupts a database, and the line with which `verify` reports it. */
export interface Corruption {
  readonly what: string;
  readonly sql: string;
  /** The whole line, or a pattern where it has times. Begins with the name of the check. */
  readonly line: string | RegExp;
}

export const movement = (sku: string, seq: number, change: string): string =>
  `update stock_movement set ${change} where sku = '${sku}' and seq = ${seq}`;

export const level = (sku: string, change: string): string =>
  `update stock_level set ${change} where sku = '${sku}'`;

export const reservation = (id: string, change: string): string =>
  `update reservation set ${change} where id = '${id}'`;

export const line = (id: string, sku: string, change: string): string =>
  `update reservation_line set ${change} where reservation_id = '${id}' and sku = '${sku}'`;

/** Inserts a movement that the service did not make. */
export const insertMovement = (
  sku: string,
  seq: number,
  kind: string,
  deltas: string,
  id: string,
): string =>
  `insert into stock_movement (sku, seq, kind, on_hand_delta, reserved_delta, on_hand_after,
                               reserved_after, reservation_id)
   values ('${sku}', ${seq}, '${kind}', ${deltas}, 0, 0, '${id}')`;
