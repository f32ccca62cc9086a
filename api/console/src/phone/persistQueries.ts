/** The last answers, kept on the phone: opened in a basement, the page still says where to go. */
import type { QueryClient } from "@tanstack/react-query";

const KEPT = ["me", "orders"];
const REMEMBERED = "gridwatch.phone";

/** Begin with the answers of the last visit, and keep each new one. A logout forgets them all. */
export function keepAnswers(queries: QueryClient): void {
  const kept = JSON.parse(localStorage.getItem(REMEMBERED) ?? "{}") as Record<string, unknown>;
  for (const key of KEPT) if (kept[key]) queries.setQueryData([key], kept[key], { updatedAt: 0 });
  queries.getQueryCache().subscribe(() => {
    const now = Object.fromEntries(KEPT.map((key) => [key, queries.getQueryData([key])]));
    if (now["me"]) localStorage.setItem(REMEMBERED, JSON.stringify(now));
    else if (now["me"] === null) localStorage.removeItem(REMEMBERED);
  });
}
