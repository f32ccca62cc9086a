/** Messages of the console, one namespace per feature. */
import { accuracyMessages } from "../features/accuracy/messages";
import { accountMessages } from "../features/accounts/messages";
import { auditLogMessages } from "../features/auditLog/messages";
import { channelMessages } from "../features/channels/messages";
import { fleetMessages } from "../features/fleet/messages";
import { actionMessages } from "../features/incident/actions/messages";
import { explanationMessages } from "../features/incident/explanation/messages";
import { incidentMessages } from "../features/incident/messages";
import { loginMessages } from "../features/login/messages";
import { peopleMessages } from "../features/people/messages";
import { queueMessages } from "../features/queue/messages";
import { retentionMessages } from "../features/retention/messages";
import { suppressionMessages } from "../features/suppressions/messages";
import type { Messages } from "../shared/i18n/i18n";
import { sharedMessages } from "../shared/i18n/sharedMessages";

const appMessages: Messages = {
  "zh-CN": {
    "nav.queue": "事件队列",
    "nav.people": "人员",
    "nav.suppressions": "抑制",
    "nav.retention": "证据留存",
    "nav.audit": "审计",
    "nav.accuracy": "准确率",
    "nav.fleet": "设备",
    "nav.accounts": "账号管理",
    "nav.own": "我的账号",
    "stale.offline": "与中心平台的连接已断开。",
    "stale.as_of": "页面内容截至 {{at}}。",
    "stale.actions": "此时的操作不会被提交，也不会自动补交。",
    "critical.title": "{{count}} 起紧急事件",
    "critical.waiting": "{{count}} 起紧急事件待处理",
    "critical.no_sound": "浏览器要求先点击页面或按任意键，之后才能响铃",
    "critical.silence": "静音 1 分钟",
    "nav.alarms_one": "{{count}} 条设备告警",
    "nav.alarms_other": "{{count}} 条设备告警",
    "theme.light": "切换为浅色主题",
    "theme.dark": "切换为深色主题",
    not_found: "页面不存在",
  },
  en: {
    "nav.queue": "Incidents",
    "nav.people": "People",
    "nav.suppressions": "Suppressions",
    "nav.retention": "Records",
    "nav.audit": "Audit",
    "nav.accuracy": "Accuracy",
    "nav.fleet": "Fleet",
    "nav.accounts": "Accounts",
    "nav.own": "My account",
    "stale.offline": "There is no connection to the centre.",
    "stale.as_of": "The page shows the state of {{at}}.",
    "stale.actions": "Actions are refused meanwhile; they are not sent later.",
    "critical.title": "{{count}} critical",
    "critical.waiting": "Critical incidents that wait for the desk: {{count}}",
    "critical.no_sound": "The browser allows sound only after a click on the page or a key",
    "critical.silence": "Silence for 1 min",
    "nav.alarms_one": "{{count}} fleet alarm",
    "nav.alarms_other": "{{count}} fleet alarms",
    "theme.light": "Switch to the light theme",
    "theme.dark": "Switch to the dark theme",
    not_found: "This page does not exist",
  },
};

export const messages: Record<string, Messages> = {
  accounts: accountMessages,
  accuracy: accuracyMessages,
  actions: actionMessages,
  app: appMessages,
  auditLog: auditLogMessages,
  channels: channelMessages,
  explanation: explanationMessages,
  fleet: fleetMessages,
  incident: incidentMessages,
  login: loginMessages,
  people: peopleMessages,
  queue: queueMessages,
  retention: retentionMessages,
  suppressions: suppressionMessages,
  shared: sharedMessages,
};
