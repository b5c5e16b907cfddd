/** One page of a list. */
export interface Page<Item, Cursor = string> {
  readonly items: readonly Item[];
  /** The cursor of the next page. Undefined: this is the last page. */
  readonly next: Cursor | undefined;
}

/** Cuts a page out of at most `limit + 1` rows: the extra row shows that another page follows. */
export const pageOf = <Item, Cursor>(
  rows: readonly Item[],
  limit: number,
  cursorOf: (last: Item) => Cursor,
): Page<Item, Cursor> => {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: last && rows.length > limit ? cursorOf(last) : undefined };
};
