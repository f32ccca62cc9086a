import { Button, Checkbox, Input, Modal, Segmented, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { SuppressionRequest } from "../../api/endpoints";
import { formatLength, localize } from "../../shared/format/format";
import { useNow } from "../../shared/hooks/useNow";
import { AreaSelect } from "../../shared/ui/AreaSelect";
import { useSuppressionActions, useTargets } from "./queries";

const KINDS: SuppressionRequest["kind"][] = ["suppression", "maintenance", "shelving"];
const LENGTHS_S = [3600, 4 * 3600, 24 * 3600, 7 * 24 * 3600];

interface Draft {
  kind: SuppressionRequest["kind"];
  area: string;
  /** Node and camera, separated by a blank. */
  camera: string;
  zone: string;
  scenario: string;
  lengthS: number;
  reason: string;
  includesCritical: boolean;
}

const EMPTY: Draft = {
  kind: "suppression",
  area: "",
  camera: "",
  zone: "",
  scenario: "",
  lengthS: 3600,
  reason: "",
  includesCritical: false,
};

/** Withhold the calls of a camera, one of its zones, a scenario or an area, in any combination. */
export function AddDialog({ close }: { close: () => void }) {
  const { t } = useTranslation("suppressions");
  const now = useNow();
  const [draft, setDraft] = useState(EMPTY);
  const { scenarios, cameras } = useTargets();
  const { add, isPending } = useSuppressionActions();
  const set = (change: Partial<Draft>): void => setDraft((last) => ({ ...last, ...change }));
  const isComplete = Boolean(draft.area || draft.camera || draft.scenario) && draft.reason.trim() !== "";
  return (
    <Modal open title={t("add.title")} footer={null} onCancel={close} width={520} destroyOnHidden>
      <form
        className="suppression-form"
        onSubmit={(event) => {
          event.preventDefault();
          add(toRequest(draft, now), close);
        }}
      >
        <Segmented
          value={draft.kind}
          onChange={(kind) => set({ kind })}
          options={KINDS.map((kind) => ({ value: kind, label: t(`kind.${kind}`) }))}
        />
        <p className="muted">{t(`kind.${draft.kind}.hint`)}</p>
        <Select
          allowClear
          showSearch={{ optionFilterProp: "label" }}
          aria-label={t("camera")}
          placeholder={t("camera")}
          value={draft.camera || null}
          options={cameras.map(({ node, name }) => ({ value: `${node} ${name}`, label: `${name} · ${node}` }))}
          onChange={(camera) => set({ camera: camera ?? "", zone: "" })}
          data-field="camera"
        />
        {draft.camera && (
          <Input
            maxLength={64}
            placeholder={t("zone")}
            aria-label={t("zone")}
            value={draft.zone}
            onChange={(event) => set({ zone: event.target.value.trim() })}
          />
        )}
        <Select
          allowClear
          showSearch={{ optionFilterProp: "label" }}
          aria-label={t("scenario")}
          placeholder={t("scenario")}
          value={draft.scenario || null}
          options={scenarios.map(({ key, title }) => ({ value: key, label: localize(title) }))}
          onChange={(scenario) => set({ scenario: scenario ?? "" })}
          data-field="scenario"
        />
        <AreaSelect placeholder={t("area")} code={draft.area} change={(area) => set({ area })} />
        <Segmented
          value={draft.lengthS}
          onChange={(lengthS) => set({ lengthS })}
          options={LENGTHS_S.map((seconds) => ({ value: seconds, label: formatLength(seconds) }))}
        />
        <Input
          maxLength={500}
          placeholder={t("reason")}
          aria-label={t("reason")}
          value={draft.reason}
          onChange={(event) => set({ reason: event.target.value })}
          data-field="reason"
        />
        <Checkbox checked={draft.includesCritical} onChange={(event) => set({ includesCritical: event.target.checked })}>
          {t("include_critical")}
        </Checkbox>
        <footer>
          <Button onClick={close}>{t("shared:cancel")}</Button>
          <Button type="primary" htmlType="submit" disabled={!isComplete || isPending}>
            {t("add")}
          </Button>
        </footer>
      </form>
    </Modal>
  );
}

function toRequest(draft: Draft, now: Date): SuppressionRequest {
  const [node = null, camera = null] = draft.camera ? draft.camera.split(" ") : [];
  return {
    kind: draft.kind,
    target: {
      node,
      camera,
      zone: draft.zone || null,
      scenario: draft.scenario || null,
      area_code: draft.area || null,
    },
    reason: draft.reason.trim(),
    ends_at: new Date(now.getTime() + draft.lengthS * 1000).toISOString(),
    includes_life_and_limb: draft.includesCritical,
  };
}
