/** Small things that every part of the fleet page shows: a state, a time, a figure. */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useNow } from "../../shared/hooks/useNow";
import { stretch, until } from "../../shared/format/format";

/** A state as shape, colour and word; one that this page does not know is shown as it is. */
export function State({ state }: { state: string }) {
  const { t, i18n } = useTranslation("fleet");
  const key = `fleet:state.${state}`;
  return <span className={`fleet-mark fleet-${state}`}>{i18n.exists(key) ? t(key) : state}</span>;
}

/** How long ago; the exact time stands behind it. */
export function Since({ at, none = "never" }: { at: string | null; none?: string }) {
  const { t } = useTranslation("fleet");
  const now = useNow();
  if (!at) return <>{t(none)}</>;
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()}>
      {t("ago", { for: stretch(-until(at, now)) })}
    </time>
  );
}

/** One figure with its name; `bad` marks what is outside its bounds. */
export function Figure({ name, bad = false, children }: { name: string; bad?: boolean; children: ReactNode }) {
  const { t } = useTranslation("fleet");
  return (
    <div className={bad ? "fleet-figure fleet-figure-bad" : "fleet-figure"}>
      <dt>{t(`figure.${name}`)}</dt>
      <dd>{children}</dd>
    </div>
  );
}
