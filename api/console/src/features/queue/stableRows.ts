/** Rows never jump under the operator's hand: pure, so that it can be tested. */

export interface Row<T> {
  item: T;
  /** It no longer belongs to this list, but keeps its place until the operator looks up. */
  isGone: boolean;
}

export interface Settled<T> {
  rows: Row<T>[];
  /** How many new ones wait above the list. */
  waiting: number;
}

/**
 * Bring what is shown up to date with what the centre says.
 *
 * While `held`, every row keeps its place: contents change, new ones wait, those that left
 * are marked. Otherwise the list is simply what the centre says, in its order.
 */
export function settle<T extends { id: string }>(shown: Row<T>[], fresh: T[], held: boolean): Settled<T> {
  if (!held || shown.length === 0) return { rows: fresh.map(present), waiting: 0 };
  const news = new Map(fresh.map((item) => [item.id, item]));
  const rows = shown.map(({ item }) => ({ item: news.get(item.id) ?? item, isGone: !news.has(item.id) }));
  const known = new Set(shown.map(({ item }) => item.id));
  const lastKnown = fresh.findLastIndex((item) => known.has(item.id));
  const isNew = (item: T, index: number): boolean => !known.has(item.id) && index < lastKnown;
  const older = fresh.slice(lastKnown + 1).filter((item) => !known.has(item.id));
  return { rows: [...rows, ...older.map(present)], waiting: fresh.filter(isNew).length };
}

function present<T>(item: T): Row<T> {
  return { item, isGone: false };
}

/** The row to go to from `selected`; those gone are stepped over. Stays where there is no other. */
export function stepFrom<T extends { id: string }>(
  rows: Row<T>[],
  selected: string | undefined,
  by: 1 | -1,
): string | undefined {
  const at = rows.findIndex(({ item }) => item.id === selected);
  if (at < 0) return rows.find((row) => !row.isGone)?.item.id;
  for (let next = at + by; next >= 0 && next < rows.length; next += by) {
    const row = rows[next];
    if (row && !row.isGone) return row.item.id;
  }
  return selected;
}
