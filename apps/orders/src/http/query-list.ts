/** Returns the entries of a list in a query. A repeated parameter arrives as a list already. */
export const splitList = (value: unknown): unknown =>
  typeof value === 'string' ? value.split(',') : value;
