// What the room's settings say about apps and readers. It is loaded with them, in all languages at once.

const en = {
  reading: "Only members can read",
  readingHint: "Otherwise whoever could join can also read along over HTTP, without a name.",
  title: "Connected apps",
  hint: "A program can post here over HTTP: an alert, a build, a timer. Whoever has its URL can post.",
  name: "Name of the app",
  connect: "Connect an app",
  none: "No app is connected.",
  neverUsed: (by: string) => `by ${by}, never used`,
  used: (by: string, at: string) => `by ${by}, last used ${at}`,
  delivers: (url: string) => `Gets the room's messages at ${url}`,
  urlOf: (name: string) => `URL of ${name}`,
  copy: "Copy the URL",
  secretURL: "Only owners, and the person who connected it, can see its URL.",
  try: "Try it in a terminal:",
  hello: "Hello from a program",
  test: "Send a test",
  tested: "Sent",
  failed: "The test failed.",
  remove: "Remove the app",
  removeHint: "Programs that use its URL can no longer post.",
};

const zh: typeof en = {
  reading: "仅成员可阅读",
  readingHint: "否则，任何能进入的人也能通过网络请求匿名旁观。",
  title: "已接入的应用",
  hint: "程序可以通过网络请求在这里发布消息：告警、构建、定时任务。任何拿到网址的人都能发布。",
  name: "应用名称",
  connect: "接入应用",
  none: "还没有接入应用。",
  neverUsed: (by) => `由 ${by} 接入，尚未使用`,
  used: (by, at) => `由 ${by} 接入，最近使用：${at}`,
  delivers: (url) => `房间消息会发送到 ${url}`,
  urlOf: (name) => `${name} 的网址`,
  copy: "复制网址",
  secretURL: "只有房主和接入它的人能看到网址。",
  try: "在终端里试一试：",
  hello: "来自程序的问候",
  test: "发送测试消息",
  tested: "已发送",
  failed: "测试失败。",
  remove: "移除应用",
  removeHint: "使用其网址的程序将无法再发布消息。",
};

export const settingTexts = { en, zh };
