/** Alerts that never came, boot by boot; who answers for the box may take them for lost. */
import { Button, Input, Popconfirm } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { FleetNode } from "../../api/types";
import { useGaps, useGiveUp } from "./queries";
import { Since } from "./StatusBadge";

export function Gaps({ node }: { node: FleetNode }) {
  const { t } = useTranslation("fleet");
  const items = useGaps(node).data ?? [];
  return (
    <ul className="fleet-gaps">
      {items.map((gap) => (
        <li key={gap.boot_id}>
          {t("gap", { missing: gap.missing, boot: gap.boot_id })} <Since at={gap.since} />{" "}
          {node.actions.includes("configure") && <GiveUp node={node} boot={gap.boot_id} />}
        </li>
      ))}
    </ul>
  );
}

function GiveUp({ node, boot }: { node: FleetNode; boot: string }) {
  const { t } = useTranslation("fleet");
  const [reason, setReason] = useState("");
  const { mutate, isPending } = useGiveUp(node);
  return (
    <Popconfirm
      title={t("gap.sure")}
      description={
        <Input
          autoFocus
          maxLength={500}
          aria-label={t("gap.why")}
          placeholder={t("gap.why")}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      }
      okText={t("gap.give_up")}
      cancelText={t("shared:cancel")}
      okButtonProps={{ disabled: !reason.trim() }}
      onConfirm={() => mutate({ boot, reason: reason.trim() })}
    >
      <Button size="small" disabled={isPending}>
        {t("gap.give_up")}
      </Button>
    </Popconfirm>
  );
}
