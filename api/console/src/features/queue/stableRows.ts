/** Keep rows in place while the operator works on the list. Pure. */

export interface Row<T> {
  item: T;
  /** The item no longer belongs to the list, but the row keeps its place while the list is held. */
  isRemoved: boolean;
}

export interface StableRows<T> {
  rows: Row<T>[];
  /** Number of new items that are not shown yet. */
  newCount: number;
}

/**
 * Update the displayed rows with the latest items.
 *
 * While the list is held, each row keeps its place: its content is updated, a removed item is
 * marked, a new item is only counted, and older items are added at the end. Otherwise the rows
 * are the latest items in their order.
 */
export function updateRows<T extends { id: string }>(
  displayed: Row<T>[],
  latest: T[],
  isHeld: boolean,
): StableRows<T> {
  if (!isHeld || displayed.length === 0) return { rows: latest.map(toRow), newCount: 0 };
  const latestById = new Map(latest.map((item) => [item.id, item]));
  const rows = displayed.map(({ item }) => ({
    item: latestById.get(item.id) ?? item,
    isRemoved: !latestById.has(item.id),
  }));
  const displayedIds = new Set(displayed.map(({ item }) => item.id));
  const lastDisplayed = latest.findLastIndex((item) => displayedIds.has(item.id));
  const isNew = (item: T, index: number): boolean => !displayedIds.has(item.id) && index < lastDisplayed;
  const older = latest.slice(lastDisplayed + 1).filter((item) => !displayedIds.has(item.id));
  return { rows: [...rows, ...older.map(toRow)], newCount: latest.filter(isNew).length };
}

function toRow<T>(item: T): Row<T> {
  return { item, isRemoved: false };
}

/**
 * Return the id of the next (`1`) or previous (`-1`) row that is not removed.
 *
 * Without a selection it is the first row; at the end of the list it is the selected row.
 */
export function moveSelection<T extends { id: string }>(
  rows: Row<T>[],
  selectedId: string | undefined,
  direction: 1 | -1,
): string | undefined {
  const selectedIndex = rows.findIndex(({ item }) => item.id === selectedId);
  if (selectedIndex < 0) return rows.find((row) => !row.isRemoved)?.item.id;
  for (let index = selectedIndex + direction; index >= 0 && index < rows.length; index += direction) {
    const row = rows[index];
    if (row && !row.isRemoved) return row.item.id;
  }
  return selectedId;
}
