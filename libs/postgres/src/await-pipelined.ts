/**
 * Waits for statements of a transaction that were sent together, in this order. Fails as the first of
 * them that failed: what those after it say is only that the transaction had failed by then (25P02),
 * and they may say it sooner.
 */
export const awaitPipelined = async <Statements extends readonly unknown[]>(
  statements: readonly [...Statements],
): Promise<{ -readonly [Index in keyof Statements]: Awaited<Statements[Index]> }> => {
  await Promise.allSettled(statements);
  return Promise.all(statements);
};
