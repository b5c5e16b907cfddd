/**
 * Waits for all statements of a transaction that were sent together, in this order. Rejects with
 * the error of the first that failed: the statements after it fail only because the transaction was
 * aborted (25P02), and may report that earlier.
 */
export const awaitPipelined = async <Statements extends readonly unknown[]>(
  statements: readonly [...Statements],
): Promise<{ -readonly [Index in keyof Statements]: Awaited<Statements[Index]> }> => {
  await Promise.allSettled(statements);
  return Promise.all(statements);
};
