import { useTranslation } from "react-i18next";

import { evidenceUrl } from "../../api/endpoints";
import type { Command, FleetNode } from "../../api/types";
import { codeLabel } from "../../shared/i18n/codeLabel";
import { QueryNotice } from "./QueryNotice";
import { useCommands } from "./queries";
import { reasonText } from "./reasonText";
import { TimeAgo } from "./StatusBadge";

const SYMBOLS: Record<Command["state"], string> = {
  waiting: "…",
  done: "✓",
  failed: "✗",
  refused: "✗",
  expired: "✗",
  unanswered: "✗",
};

/** The latest commands to a node, with their replies as they arrive. */
export function CommandList({ node }: { node: FleetNode }) {
  const { t } = useTranslation("fleet");
  const query = useCommands(node);
  const commands = query.data?.items ?? [];
  if (query.isError) return <QueryNotice query={query} />;
  if (commands.length === 0) return null;
  return (
    <ol className="command-list" aria-label={t("commands")} aria-live="polite">
      {commands.map((command) => (
        <li key={command.id} data-state={command.state}>
          <CommandReply command={command} />
        </li>
      ))}
    </ol>
  );
}

function CommandReply({ command }: { command: Command }) {
  const { t } = useTranslation("fleet");
  const { kind, camera, state, steps, snapshot, author, at } = command;
  return (
    <>
      <span>
        <b className={`command-${state}`}>{SYMBOLS[state]}</b> {t(`command.${kind}`)}
        {camera && ` · ${camera}`}: {t(`reply.${state}`)} {reasonText(command)}
      </span>
      <small>
        {author} <TimeAgo at={at} />
      </small>
      {steps.length > 0 && (
        <span className="command-steps">
          {steps.map((step) => (
            <span key={step.name} className={step.passed ? "tag" : "tag tag-overdue"}>
              {step.passed ? "✓" : "✗"} {codeLabel("fleet", "step", step.name)}
              {step.took_ms !== null && ` ${Math.round(step.took_ms)} ms`} {reasonText(step)}
            </span>
          ))}
        </span>
      )}
      {snapshot && command.snapshot_available && (
        <a href={evidenceUrl(snapshot)} target="_blank" rel="noreferrer">
          <img src={evidenceUrl(snapshot)} alt={t("snapshot.alt", { camera })} />
        </a>
      )}
      {snapshot && !command.snapshot_available && <small>{t("shared:snapshot.pending")}</small>}
    </>
  );
}
