import { Button, Input, Popconfirm } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { FleetNode } from "../../api/types";
import { useGiveUpGap, useSequenceGaps } from "./queries";
import { TimeAgo } from "./StatusBadge";

/** Alerts that are missing in the sequence of a boot, with the action to record them as lost. */
export function SequenceGaps({ node }: { node: FleetNode }) {
  const { t } = useTranslation("fleet");
  const gaps = useSequenceGaps(node).data ?? [];
  return (
    <ul className="sequence-gaps">
      {gaps.map((gap) => (
        <li key={gap.boot_id}>
          {t("gap", { missing: gap.missing, boot: gap.boot_id })} · <TimeAgo at={gap.since} />{" "}
          {node.actions.includes("configure") && <GiveUpButton node={node} bootId={gap.boot_id} />}
        </li>
      ))}
    </ul>
  );
}

function GiveUpButton({ node, bootId }: { node: FleetNode; bootId: string }) {
  const { t } = useTranslation("fleet");
  const [reason, setReason] = useState("");
  const { mutate, isPending } = useGiveUpGap(node);
  return (
    <Popconfirm
      title={t("gap.confirm")}
      description={
        <Input
          autoFocus
          maxLength={500}
          aria-label={t("gap.reason")}
          placeholder={t("gap.reason")}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      }
      okText={t("gap.give_up")}
      cancelText={t("shared:cancel")}
      okButtonProps={{ disabled: !reason.trim() }}
      onConfirm={() => mutate({ bootId, reason: reason.trim() })}
    >
      <Button size="small" disabled={isPending}>
        {t("gap.give_up")}
      </Button>
    </Popconfirm>
  );
}
