/** The words of the console, a namespace for each feature. */
import { fleet } from "../features/fleet/messages";
import { explain } from "../features/incident/explanation/messages";
import { incident } from "../features/incident/messages";
import { login } from "../features/login/messages";
import { queue } from "../features/queue/messages";
import { shared } from "../shared/i18n/sharedMessages";
import type { Words } from "../shared/i18n/i18n";

const app: Words = {
  "zh-CN": {
    "nav.queue": "事件队列",
    "nav.fleet": "设备",
    "nav.amiss": "{{n}} 项设备告警",
    "theme.light": "切换为浅色",
    "theme.dark": "切换为深色",
    nowhere: "没有这个页面",
  },
  en: {
    "nav.queue": "Queue",
    "nav.fleet": "Fleet",
    "nav.amiss": "{{n}} faults in the fleet",
    "theme.light": "Switch to light",
    "theme.dark": "Switch to dark",
    nowhere: "There is no such page",
  },
};

export const words: Record<string, Words> = { app, explain, fleet, incident, login, queue, shared };
