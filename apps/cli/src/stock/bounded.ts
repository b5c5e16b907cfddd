/**
 * Does `work` for every item, so many at a time, and reads the source no faster than that. When one
 * fails, the others' work is waited for before this rejects.
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
  const ends = await Promise.allSettled(Array.from({ length: maxInFlight }, worker));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
