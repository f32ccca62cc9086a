/** What a box was asked last, and its answers as they come. */
import { useTranslation } from "react-i18next";

import { evidenceUrl } from "../../api/endpoints";
import type { Command, FleetNode } from "../../api/types";
import { useCommands } from "./queries";
import { Since } from "./StatusBadge";

const SHAPES: Record<Command["state"], string> = {
  waiting: "…",
  done: "✓",
  failed: "✗",
  refused: "✗",
  expired: "✗",
  unanswered: "✗",
};

export function Commands({ node }: { node: FleetNode }) {
  const { t } = useTranslation("fleet");
  const items = useCommands(node).data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <ol className="fleet-commands" aria-label={t("commands")} aria-live="polite">
      {items.map((command) => (
        <li key={command.id} data-state={command.state}>
          <Answer command={command} />
        </li>
      ))}
    </ol>
  );
}

function Answer({ command }: { command: Command }) {
  const { t } = useTranslation("fleet");
  const { kind, camera, state, reason, steps, snapshot, author, at } = command;
  return (
    <>
      <span>
        <b className={`fleet-answer-${state}`}>{SHAPES[state]}</b> {t(`ask.${kind}`)}
        {camera && ` · ${camera}`}: {t(`answer.${state}`)} {reason}
      </span>
      <small>
        {author} <Since at={at} />
      </small>
      {steps.length > 0 && (
        <span className="fleet-steps">
          {steps.map((step) => (
            <span key={step.name} className={step.passed ? "tag" : "tag tag-late"}>
              {step.passed ? "✓" : "✗"} {t(`step.${step.name}`, { defaultValue: step.name })}
              {step.took_ms !== null && ` ${Math.round(step.took_ms)} ms`} {step.reason}
            </span>
          ))}
        </span>
      )}
      {snapshot && command.snapshot_available && (
        <a href={evidenceUrl(snapshot)} target="_blank" rel="noreferrer">
          <img src={evidenceUrl(snapshot)} alt={t("snapshot.of", { camera })} />
        </a>
      )}
      {snapshot && !command.snapshot_available && <small>{t("shared:snapshot.pending")}</small>}
    </>
  );
}
