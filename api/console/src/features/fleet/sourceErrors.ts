/** Chinese texts for the reasons that a node gives for the state of a camera. */

const CHINESE_BY_REASON: Record<string, string> = {
  "cannot be reached; check its power, the network, and host and port": "连接不上，请检查供电、网络、地址和端口",
  "asks for a login; write rtsp://user:password@host/path": "需要用户名和密码，请写成 rtsp://用户:密码@地址/路径",
  "does not accept this user and password": "用户名或密码不正确",
  "answers, but has no stream of this path": "有应答，但没有这个路径的视频流",
  'sends no pictures by this transport; set transport = "auto"': '这种传输方式收不到画面，请设 transport = "auto"',
  "answers, but refuses the stream; it may have too many viewers": "有应答，但拒绝取流，可能观看的人太多",
  "answers, but sends no video that can be decoded": "有应答，但发来的视频无法解码",
  "answers, but sends nothing": "有应答，但没有发来数据",
  "is connected, but sends no new pictures": "已连接，但没有新画面",
  "is connected, but sends the same picture over and over": "已连接，但画面卡住不动",
  "has ended the connection": "断开了连接",
  "pictures come in damaged or are dropped": "画面有损坏或丢失",
  disabled: "已停用",
  "removed by the centre": "中心已移除",
  "taken off by the centre": "中心已移除",
  "disabled by the centre": "中心已停用",
};
const MAIN_STREAM = "clips come from the sub-stream; the main stream ";

/** Translate a reason; one that is not known stays as it is. */
export function describeSourceError(reason: string, language: string): string {
  if (language !== "zh-CN") return reason;
  if (reason.startsWith(MAIN_STREAM)) {
    return `视频片段改用子码流；主码流${describeSourceError(reason.slice(MAIN_STREAM.length), language)}`;
  }
  return CHINESE_BY_REASON[reason] ?? reason;
}
