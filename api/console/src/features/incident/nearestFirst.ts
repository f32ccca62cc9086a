/** Which incidents a dialog offers to merge into. Pure. */
import type { IncidentDetail, IncidentRow } from "../../api/types";

/** Sort other incidents: those that the centre suggests, those of the same camera, then by common area. */
export function nearestFirst(
  { id, suggestions, area, node, camera }: Pick<IncidentDetail, "id" | "suggestions" | "area" | "node" | "camera">,
  items: IncidentRow[],
): IncidentRow[] {
  const suggested = new Set(suggestions.map(({ incident }) => incident));
  const rank = (other: IncidentRow): number => {
    if (suggested.has(other.id)) return 0;
    if (camera && other.camera === camera && other.node === node) return 1;
    return 2 + MAX_CODE_LENGTH - commonLength(area?.code ?? "", other.area?.code ?? "");
  };
  return items
    .filter((other) => other.id !== id)
    .map((other) => ({ other, rank: rank(other) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ other }) => other);
}

/** Digits of the code of a micro-grid; an area's code begins with the code of the area around it. */
const MAX_CODE_LENGTH = 18;

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}
