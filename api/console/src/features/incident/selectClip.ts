/** Which clip shows the incident best. */
import type { AlertItem, IncidentDetail } from "../../api/types";

type Evidence = AlertItem["evidence"][number];

/** The clip beside the picture shown, else any; one that has arrived before one that has not. */
export function clipOf({ alerts, snapshot }: Pick<IncidentDetail, "alerts" | "snapshot">): Evidence | undefined {
  const shows = ({ evidence }: AlertItem): boolean => evidence.some(({ sha256 }) => sha256 === snapshot?.sha256);
  const clips = [...alerts.filter(shows), ...alerts]
    .flatMap(({ evidence }) => evidence)
    .filter(({ kind, status }) => kind === "clip" && status !== "shed");
  return clips.find(({ available }) => available) ?? clips[0];
}
