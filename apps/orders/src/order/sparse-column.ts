/**
 * Returns the values of a column that few rows have as a parameter for `unnest`. Without any value it is null:
 * Postgres then takes nulls, and no array is sent.
 */
export const sparseColumn = <Value>(
  values: readonly (Value | null | undefined)[],
): (Value | null)[] | null => {
  const column = values.map((value) => value ?? null);
  return column.some((value) => value !== null) ? column : null;
};
