/** The frame around every page of the console: navigation, connection, clock, account. */
import { useQueryClient } from "@tanstack/react-query";
import { App, Button, ConfigProvider, Tooltip } from "antd";
import en from "antd/locale/en_US";
import zh from "antd/locale/zh_CN";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { NavLink, Outlet } from "react-router";

import { BASE_PATH } from "../api/basePath";
import { useEventStream } from "../api/useEventStream";
import { useAlarms } from "../features/fleet/queries";
import { isAuditor, isSupervisor, useAccount, useLogout } from "../features/login/useAccount";
import { ConnectionContext } from "../shared/hooks/useConnection";
import { useNow } from "../shared/hooks/useNow";
import { ConnectionBadge } from "../shared/ui/ConnectionBadge";
import { LanguageSwitch } from "../shared/ui/LanguageSwitch";
import { CriticalAlarm } from "./CriticalAlarm";
import { createInvalidator } from "./invalidation";
import { readsAccounts, readsFleet, readsIncidents } from "./pagesOfRole";
import { StaleBanner } from "./StaleBanner";
import { antdTheme, type ThemeName, useTheme } from "./theme";

/** On a phone, what appears on top leaves the header free. */
const BELOW_HEADER = { top: 104 };

/** Lay out the page and follow its event stream. */
export function AppShell() {
  const { i18n } = useTranslation();
  const [theme, setTheme] = useTheme();
  const queryClient = useQueryClient();
  const [invalidator] = useState(() => createInvalidator(queryClient));
  const hasIncidents = readsIncidents(useAccount().role);
  const isNarrow = matchMedia("(max-width: 760px)").matches;
  const connection = useEventStream(invalidator.invalidateFor, invalidator.invalidateAll);
  return (
    <ConfigProvider
      theme={antdTheme(theme)}
      locale={i18n.language === "en" ? en : zh}
      button={{ autoInsertSpace: false }}
    >
      <App className="app-shell" message={isNarrow ? BELOW_HEADER : {}} notification={BELOW_HEADER}>
        <header className="app-bar">
          <Brand />
          <Navigation />
          <ConnectionBadge status={connection} />
          <Clock />
          <LanguageSwitch />
          <ThemeSwitch theme={theme} setTheme={setTheme} />
          <AccountMenu />
        </header>
        <ConnectionContext value={connection}>
          <StaleBanner />
          {hasIncidents && <CriticalAlarm />}
          <Outlet />
        </ConnectionContext>
      </App>
    </ConfigProvider>
  );
}

function Brand() {
  return (
    <NavLink to="/" className="brand">
      <img src={`${BASE_PATH}icon.svg`} alt="" width="26" height="26" />
      gridwatch
    </NavLink>
  );
}

function Navigation() {
  const { t } = useTranslation("app");
  const account = useAccount();
  return (
    <nav className="app-nav">
      {readsIncidents(account.role) && (
        <>
          <NavLink to="/queue">{t("nav.queue")}</NavLink>
          <NavLink to="/people">{t("nav.people")}</NavLink>
          <NavLink to="/suppressions">{t("nav.suppressions")}</NavLink>
          {isSupervisor(account) && <NavLink to="/retention">{t("nav.retention")}</NavLink>}
          <NavLink to="/accuracy">{t("nav.accuracy")}</NavLink>
        </>
      )}
      {isAuditor(account) && <NavLink to="/audit-log">{t("nav.audit")}</NavLink>}
      {readsFleet(account.role) && <FleetLink />}
      {readsAccounts(account.role) && <NavLink to="/accounts">{t("nav.accounts")}</NavLink>}
    </nav>
  );
}

function FleetLink() {
  const { t } = useTranslation("app");
  const alarmCount = useAlarms().data?.items.length ?? 0;
  return (
    <NavLink to="/fleet">
      {t("nav.fleet")}
      {alarmCount > 0 && (
        <b className="app-nav-count" title={t("nav.alarms", { count: alarmCount })}>
          {alarmCount}
        </b>
      )}
    </NavLink>
  );
}

function Clock() {
  const now = useNow();
  return <time className="app-clock">{now.toLocaleTimeString("en-GB")}</time>;
}

function ThemeSwitch({ theme, setTheme }: { theme: ThemeName; setTheme: (theme: ThemeName) => void }) {
  const { t } = useTranslation("app");
  const other = theme === "dark" ? "light" : "dark";
  return (
    <Tooltip title={t(`theme.${other}`)}>
      <Button type="text" aria-label={t(`theme.${other}`)} onClick={() => setTheme(other)}>
        {theme === "dark" ? "☾" : "☀"}
      </Button>
    </Tooltip>
  );
}

function AccountMenu() {
  const { t } = useTranslation("shared");
  const account = useAccount();
  const logout = useLogout();
  return (
    <span className="account">
      <NavLink to="/account" title={t("app:nav.own")} data-action="own-account">
        <span>
          {account.name}
          <small>{account.area.name}</small>
        </span>
      </NavLink>
      <Button size="small" onClick={() => logout.mutate()}>
        {t("logout")}
      </Button>
    </span>
  );
}
