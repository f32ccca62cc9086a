import { Button, Dropdown } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { IncidentDetail } from "../../../api/types";
import { type Hotkeys, useHotkeys } from "../../../shared/hooks/useHotkeys";
import { ActionDialog } from "./ActionDialog";
import { type AvailableAction, availableActions, needsDialog } from "./actionTable";
import type { ActionInput } from "./sendAction";
import { useIncidentActions } from "./useIncidentActions";

const PRIMARY = ["verify", "confirm"];
/** So many fit beside the menu on a phone. */
const NARROW_BUTTONS = 2;
const DANGER = new Set(["reject", "cancel"]);

/** The actions that the centre allows: buttons for the usual ones, a menu for the others. */
export function ActionBar({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation("actions");
  const [opened, setAsked] = useState<AvailableAction | null>(null);
  const { run, isPending } = useIncidentActions(incident);
  const actions = availableActions(incident);
  // The incident may have changed while the dialog is open: what has become impossible, the centre refuses.
  const asked = actions.find(({ name }) => name === opened?.name) ?? opened;
  const start = (action: AvailableAction): void => (needsDialog(action) ? setAsked(action) : run(action));
  useHotkeys(Object.fromEntries(actions.map((action) => [action.hotkey, () => start(action)])) as Hotkeys);
  const submit = (input: ActionInput): void => {
    if (asked) run(asked, input);
    setAsked(null);
  };
  const primary = PRIMARY.find((name) => actions.some((action) => action.name === name));
  const isNarrow = matchMedia("(max-width: 760px)").matches;
  const buttons = actions.filter(({ isMain }) => isMain).slice(0, isNarrow ? NARROW_BUTTONS : undefined);
  const others = actions.filter((action) => !buttons.includes(action));
  if (actions.length === 0) return <p className="incident-no-actions">{t("no_actions")}</p>;
  return (
    <div className="incident-actions">
      {buttons.map((action) => (
        <Button
          key={action.name}
          data-action={action.name}
          size="large"
          type={action.name === primary ? "primary" : "default"}
          danger={DANGER.has(action.name)}
          disabled={isPending}
          onClick={() => start(action)}
        >
          {t(action.name)} <kbd>{action.hotkey.toUpperCase()}</kbd>
        </Button>
      ))}
      {others.length > 0 && (
        <Dropdown trigger={["click"]} menu={{ items: others.map((action) => menuItem(action, t, () => start(action))) }}>
          <Button size="large" disabled={isPending} data-action="more">
            {t("more")} ▾
          </Button>
        </Dropdown>
      )}
      {asked && (
        <ActionDialog
          key={asked.name}
          action={asked}
          incident={incident}
          submit={submit}
          close={() => setAsked(null)}
        />
      )}
    </div>
  );
}

function menuItem({ name, hotkey }: AvailableAction, t: (key: string) => string, onClick: () => void) {
  const label = (
    <span className="action-menu-item" data-action={name}>
      {t(name)} <kbd>{hotkey.toUpperCase()}</kbd>
    </span>
  );
  return { key: name, label, onClick };
}
