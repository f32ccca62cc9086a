import { Checkbox, Segmented } from "antd";
import { useTranslation } from "react-i18next";

import { formatLength } from "../../../shared/format/format";
import { useHotkeys } from "../../../shared/hooks/useHotkeys";

interface Props {
  /** The lengths to choose from, shortest first. */
  offeredS: number[];
  suppressForS: number | undefined;
  choose: (seconds: number | undefined) => void;
}

/** Offer to withhold the calls of this camera and scenario for a time. */
export function SuppressField({ offeredS, suppressForS, choose }: Props) {
  const { t } = useTranslation("actions");
  const shortestS = offeredS[0];
  const toggle = (): void => choose(suppressForS === undefined ? shortestS : undefined);
  useHotkeys({ s: toggle }, "dialog");
  if (shortestS === undefined) return null;
  return (
    <div className="suppress-offer">
      <Checkbox checked={suppressForS !== undefined} onChange={toggle}>
        {t("suppress", { for: formatLength(suppressForS ?? shortestS) })} <kbd>S</kbd>
      </Checkbox>
      {suppressForS !== undefined && (
        <>
          <Segmented<number>
            size="small"
            value={suppressForS}
            onChange={choose}
            options={offeredS.map((seconds) => ({ value: seconds, label: formatLength(seconds) }))}
          />
          <p className="muted">{t("suppress.hint")}</p>
        </>
      )}
    </div>
  );
}
