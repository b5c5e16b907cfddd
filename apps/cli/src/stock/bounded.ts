/**
 * Does `work` for every item, at most `maxInFlight` at a time, and reads the source no faster than
 * that. When one fails, it waits for the work in flight before it rejects.
 */
export async function forEachBounded<Item>(
  source: AsyncGenerator<Item>,
  maxInFlight: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const worker = async () => {
    for (let next = await source.next(); !next.done; next = await source.next()) {
      await work(next.value);
    }
  };
  const results = await Promise.allSettled(Array.from({ length: maxInFlight }, worker));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
