/** One page of a list. */
export interface Page<Item, Cursor = string> {
  readonly items: readonly Item[];
  /** The cursor of the next page. Undefined: this is the last page. */
  readonly next: Cursor | undefined;
}

/** A row of a page that the database has cut. `found`: how many rows it found before. */
export type PageRow<Item> = Item & { readonly found: number };

/** Makes a page out of rows that are followed by others if more were found. */
export const cutPage = <Item extends object, Cursor>(
  rows: readonly PageRow<Item>[],
  cursorOf: (last: Item) => Cursor,
): Page<Item, Cursor> => {
  let found = 0;
  const items = rows.map(({ found: count, ...item }) => {
    found = count;
    return item as unknown as Item;
  });
  const last = items.at(-1);
  return { items, next: last && items.length < found ? cursorOf(last) : undefined };
};

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
