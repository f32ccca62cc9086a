/** Which clip of an incident to show. */
import type { AlertItem, IncidentDetail } from "../../api/types";

type EvidenceItem = AlertItem["evidence"][number];

/**
 * Select the clip of the alert whose snapshot is shown, otherwise any clip.
 *
 * Available clips come before pending ones; clips that the node has dropped are ignored.
 * Returns `undefined` if there is none.
 */
export function selectClip({
  alerts,
  snapshot,
}: Pick<IncidentDetail, "alerts" | "snapshot">): EvidenceItem | undefined {
  const hasSnapshot = ({ evidence }: AlertItem): boolean => evidence.some(({ sha256 }) => sha256 === snapshot?.sha256);
  const clips = [...alerts.filter(hasSnapshot), ...alerts]
    .flatMap(({ evidence }) => evidence)
    .filter(({ kind, status }) => kind === "clip" && status !== "shed");
  return clips.find(({ available }) => available) ?? clips[0];
}
