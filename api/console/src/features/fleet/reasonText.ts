import i18next from "i18next";

import type { Command, FleetNode, QuarantinedMessage } from "../../api/types";
import { codeLabel } from "../../shared/i18n/codeLabel";

/** Why a node refused a key, failed a command or a step of a self-test. */
export type NodeReason = Pick<
  Command | Command["steps"][number] | FleetNode["config"]["refused"][number],
  "reason" | "reason_code" | "reason_params"
>;

/** Return a reason in the language of the page; without a known code, the English text of the node. */
export function reasonText({ reason, reason_code: code, reason_params: params }: NodeReason): string {
  const key = `fleet:node_reason.${code}`;
  if (code === null || !i18next.exists(key)) return reason;
  const { step, ...rest } = params;
  const replace = step === undefined ? rest : { ...rest, step: codeLabel("fleet", "step", step) };
  return i18next.t(key, { replace });
}

/** Return why a message is in quarantine, in the language of the page; without a known code, in English. */
export function quarantineReasonText({ reason, reason_code: code }: QuarantinedMessage): string {
  const key = `fleet:quarantine.reason.${code}`;
  return code !== null && i18next.exists(key) ? i18next.t(key, { text: reason }) : reason;
}
