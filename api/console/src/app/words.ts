/** The words of the console, a namespace for each feature. */
import { fleet } from "../features/fleet/words";
import { explain } from "../features/incident/explain_words";
import { incident } from "../features/incident/words";
import { login } from "../features/login/words";
import { queue } from "../features/queue/words";
import { shared } from "../words/shared";
import type { Words } from "../words/words";

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
