/** The words of the console, a namespace for each feature. */
import { incident } from "../features/incident/words";
import { login } from "../features/login/words";
import { queue } from "../features/queue/words";
import { shared } from "../words/shared";
import type { Words } from "../words/words";

const app: Words = {
  "zh-CN": {
    "nav.queue": "事件队列",
    "theme.light": "切换为浅色",
    "theme.dark": "切换为深色",
    nowhere: "没有这个页面",
    skip: "跳到内容",
  },
  en: {
    "nav.queue": "Queue",
    "theme.light": "Switch to light",
    "theme.dark": "Switch to dark",
    nowhere: "There is no such page",
    skip: "Skip to content",
  },
};

export const words: Record<string, Words> = { app, incident, login, queue, shared };
