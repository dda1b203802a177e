// What commands are about, which the composer suggests. It is loaded with them, in all languages at once.

const en = {
  help: {
    me: "Say what you are doing",
    nick: "Change your name",
    search: "Find messages",
    who: "Show who is here",
    pins: "Show the pinned messages",
    invite: "Invite others",
    topic: "Set the topic",
    name: "Name the room",
    lock: "Let no newcomers in",
    unlock: "Let everyone in",
    kick: "Remove somebody",
    ban: "Keep somebody out",
    quit: "Go to all rooms",
    help: "List the commands",
  },
  usage: {
    me: "text",
    nick: "name",
    search: "[words]",
    topic: "text, or - for none",
    name: "text, or - for none",
    kick: "name [reason]",
    ban: "name",
  } as Partial<Record<string, string>>,
  unknown: (word: string) => `There is no command ${word}. /help lists them; // begins a message with a slash.`,
  needs: (what: string) => `Write ${what}.`,
  notHere: (nick: string) => `Nobody here is called ${nick}.`,
  noSearch: "This server has no search.",
};

const zh: typeof en = {
  help: {
    me: "说说您在做什么",
    nick: "更改您的名字",
    search: "查找消息",
    who: "显示谁在这里",
    pins: "显示置顶消息",
    invite: "邀请他人",
    topic: "设置话题",
    name: "给房间命名",
    lock: "不让新人进入",
    unlock: "让所有人进入",
    kick: "移出某人",
    ban: "不让某人进入",
    quit: "前往所有房间",
    help: "列出命令",
  },
  usage: {
    me: "文字",
    nick: "名字",
    search: "[词语]",
    topic: "文字，- 表示清除",
    name: "文字，- 表示清除",
    kick: "名字 [原因]",
    ban: "名字",
  },
  unknown: (word) => `没有 ${word} 命令。/help 列出所有命令；以 // 开头的消息会以斜杠开头。`,
  needs: (what) => `请写：${what}`,
  notHere: (nick) => `这里没有人叫 ${nick}。`,
  noSearch: "此服务器没有搜索功能。",
};

export const commandTexts = { en, zh };
