import type { Messages } from "../../shared/i18n/i18n";

export const loginMessages: Messages = {
  "zh-CN": {
    "page.console": "指挥中心",
    "page.phone": "网格员",
    name: "账号",
    password: "密码",
    submit: "登录",
    submitting: "登录中…",
    "error.credentials": "账号或密码错误",
    "error.throttled": "登录尝试过于频繁，请稍后再试",
    connecting: "正在连接中心平台…",
    wrong_page: "账号 {{name}} 无权使用此页面",
    "open.phone": "打开网格员页面",
    "open.console": "打开指挥中心页面",
  },
  en: {
    "page.console": "Command centre",
    "page.phone": "Grid worker",
    name: "Account",
    password: "Password",
    submit: "Log in",
    submitting: "Logging in…",
    "error.credentials": "Wrong account or password",
    "error.throttled": "Too many attempts. Try again later.",
    connecting: "Connecting to the centre…",
    wrong_page: "The account {{name}} cannot use this page",
    "open.phone": "Open the worker's page",
    "open.console": "Open the command centre",
  },
};
