/** Messages of the console, one namespace per feature. */
import { fleetMessages } from "../features/fleet/messages";
import { actionMessages } from "../features/incident/actions/messages";
import { explanationMessages } from "../features/incident/explanation/messages";
import { incidentMessages } from "../features/incident/messages";
import { loginMessages } from "../features/login/messages";
import { peopleMessages } from "../features/people/messages";
import { queueMessages } from "../features/queue/messages";
import type { Messages } from "../shared/i18n/i18n";
import { sharedMessages } from "../shared/i18n/sharedMessages";

const appMessages: Messages = {
  "zh-CN": {
    "nav.queue": "事件队列",
    "nav.people": "人员",
    "nav.fleet": "设备",
    "nav.alarms_one": "{{count}} 条设备告警",
    "nav.alarms_other": "{{count}} 条设备告警",
    "theme.light": "切换为浅色主题",
    "theme.dark": "切换为深色主题",
    not_found: "页面不存在",
  },
  en: {
    "nav.queue": "Incidents",
    "nav.people": "People",
    "nav.fleet": "Fleet",
    "nav.alarms_one": "{{count}} fleet alarm",
    "nav.alarms_other": "{{count}} fleet alarms",
    "theme.light": "Switch to the light theme",
    "theme.dark": "Switch to the dark theme",
    not_found: "This page does not exist",
  },
};

export const messages: Record<string, Messages> = {
  actions: actionMessages,
  app: appMessages,
  explanation: explanationMessages,
  fleet: fleetMessages,
  incident: incidentMessages,
  login: loginMessages,
  people: peopleMessages,
  queue: queueMessages,
  shared: sharedMessages,
};
