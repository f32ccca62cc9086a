/** What stands on every page of the console: name, ways, line to the centre, account. */
import { useQueryClient } from "@tanstack/react-query";
import { App, Button, ConfigProvider, Tooltip } from "antd";
import en from "antd/locale/en_US";
import zh from "antd/locale/zh_CN";
import { useTranslation } from "react-i18next";
import { NavLink, Outlet } from "react-router";

import { useLive } from "../api/useEventStream";
import { useAlarms } from "../features/fleet/queries";
import { useAccount, useLogout } from "../features/login/useAccount";
import { LanguageSwitch } from "../shared/ui/LanguageSwitch";
import { LiveMark } from "../shared/ui/ConnectionBadge";
import { useNow } from "../shared/hooks/useNow";
import { renewer } from "./invalidation";
import { type Shade, themeOf, useShade } from "./theme";

/** The frame around the pages; holds the page's one event stream. */
export function Shell() {
  const { i18n } = useTranslation();
  const [shade, setShade] = useShade();
  const renew = renewer(useQueryClient());
  const live = useLive(renew.one, renew.all);
  return (
    <ConfigProvider theme={themeOf(shade)} locale={i18n.language === "en" ? en : zh} button={{ autoInsertSpace: false }}>
      <App className="shell">
        <header className="bar">
          <Brand />
          <Ways />
          <LiveMark status={live} />
          <Clock />
          <LanguageSwitch />
          <ShadeSwitch shade={shade} setShade={setShade} />
          <Account />
        </header>
        <Outlet />
      </App>
    </ConfigProvider>
  );
}

function Brand() {
  return (
    <NavLink to="/queue" className="brand">
      <img src="/icon.svg" alt="" width="26" height="26" />
      gridwatch
    </NavLink>
  );
}

function Ways() {
  const { t } = useTranslation("app");
  const amiss = useAlarms().data?.items.length ?? 0;
  return (
    <nav className="ways">
      <NavLink to="/queue">{t("nav.queue")}</NavLink>
      <NavLink to="/fleet">
        {t("nav.fleet")}
        {amiss > 0 && (
          <b className="ways-amiss" title={t("nav.amiss", { n: amiss })}>
            {amiss}
          </b>
        )}
      </NavLink>
    </nav>
  );
}

function Clock() {
  const now = useNow();
  return <time className="bar-clock">{now.toLocaleTimeString("en-GB")}</time>;
}

function ShadeSwitch({ shade, setShade }: { shade: Shade; setShade: (shade: Shade) => void }) {
  const { t } = useTranslation("app");
  const other = shade === "dark" ? "light" : "dark";
  return (
    <Tooltip title={t(`theme.${other}`)}>
      <Button type="text" aria-label={t(`theme.${other}`)} onClick={() => setShade(other)}>
        {shade === "dark" ? "☾" : "☀"}
      </Button>
    </Tooltip>
  );
}

function Account() {
  const { t } = useTranslation("shared");
  const account = useAccount();
  const logout = useLogout();
  return (
    <span className="account">
      <span>
        {account.name}
        <small>{account.area.name}</small>
      </span>
      <Button size="small" onClick={() => logout.mutate()}>
        {t("logout")}
      </Button>
    </span>
  );
}
