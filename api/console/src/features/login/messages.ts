import type { Words } from "../../shared/i18n/i18n";

export const login: Words = {
  "zh-CN": {
    desk: "指挥中心",
    phone: "网格员",
    name: "账号",
    password: "密码",
    enter: "登录",
    entering: "正在登录…",
    wrong: "账号或密码不对",
    throttled: "尝试次数过多，请稍后再试",
    checking: "正在连接中心…",
    "wrong.page": "当前账号（{{name}}）没有使用此页面的权限",
    "go.phone": "打开网格员页面",
    "go.desk": "打开指挥中心页面",
  },
  en: {
    desk: "Command centre",
    phone: "Grid worker",
    name: "Account",
    password: "Password",
    enter: "Log in",
    entering: "Logging in…",
    wrong: "Wrong account or password",
    throttled: "Too many attempts; please wait a while",
    checking: "Connecting to the centre…",
    "wrong.page": "The account {{name}} may not use this page",
    "go.phone": "Open the worker's page",
    "go.desk": "Open the command centre",
  },
};
