// What notifications say, and the settings for them. The page loads it later; the worker has it, too.

const en = {
  from: (nick: string, room: string) => `${nick} in ${room}`,
  several: (n: string, room: string) => `${n} new messages in ${room}`,
  spoken: (nick: string, text: string) => `${nick}: ${text}`,
  files: (n: string) => (n === "1" ? "1 file" : `${n} files`),
  unreadable: "There are new messages",

  here: "Notifications in this room",
  elsewhere: "Notifications in new rooms",
  all: "All",
  mentions: "Mentions",
  none: "None",
  mentionsHint: "Replies to you count as mentions.",
  whenClosed: "You get them also while Snug is closed.",
  whenOpen: "You get them only while this room is open in the browser.",
  noPush: "The browser couldn't reach its push service: you get them only while this room is open.",
  needEncryption: "Notifications need an encrypted connection (HTTPS).",
  cantNotify: "This browser can't show notifications here.",
  addToHome:
    "On this device, add Snug to the Home Screen first: Share, then “Add to Home Screen”. Then open it from there.",
  notAllowed:
    "The browser doesn't allow notifications for this site. Allow them in its settings: tap the icon next to the address, or look for the site under “Notifications”.",
  notAsked: "The browser isn't allowed to notify you yet.",
  ask: "Allow it…",
  inAllRooms: "Alerts in all rooms",
  sound: "Play a sound",
  quiet: "Quiet time, without alerts",
  quietFrom: "From",
  quietTo: "Until",
};

const zh: typeof en = {
  from: (nick, room) => `${nick}（${room}）`,
  several: (n, room) => `${room} 有 ${n} 条新消息`,
  spoken: (nick, text) => `${nick}：${text}`,
  files: (n) => `${n} 个文件`,
  unreadable: "有新消息",

  here: "此房间的通知",
  elsewhere: "新房间的通知",
  all: "全部",
  mentions: "提及我的",
  none: "不通知",
  mentionsHint: "回复我的消息也算提及。",
  whenClosed: "关闭页面后也会收到通知。",
  whenOpen: "只有在浏览器中打开此房间时才会收到通知。",
  noPush: "浏览器无法连接推送服务：只有打开此房间时才会收到通知。",
  needEncryption: "通知需要加密连接。",
  cantNotify: "此浏览器无法在这里显示通知。",
  addToHome: "在此设备上，请先添加到主屏幕：点按“分享”，再点按“添加到主屏幕”，然后从主屏幕打开。",
  notAllowed: "浏览器不允许此网站发送通知。请在浏览器设置中允许：点按地址旁的图标，或在“通知”设置中找到此网站。",
  notAsked: "尚未允许浏览器发送通知。",
  ask: "允许…",
  inAllRooms: "所有房间的提醒",
  sound: "播放声音",
  quiet: "免打扰时段，不提醒",
  quietFrom: "从",
  quietTo: "到",
};

export const notifyTexts = { en, zh };
export type NotifyTexts = typeof en;
