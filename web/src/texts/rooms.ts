// What the list of rooms says. It is loaded with it, in all languages at once.

const en = {
  rooms: "Rooms",
  yourRooms: "Your rooms",
  newRoom: "Start or join a room",
  newSince: (n: string, at: string) => `${n} new since ${at}`,
  mentioned: "you are mentioned",
  closed: "Closed",
  unreadable: "You can't read it now",
  said: (nick: string, text: string) => `${nick}: ${text}`,
};

const zh: typeof en = {
  rooms: "房间",
  yourRooms: "您的房间",
  newRoom: "新建或加入房间",
  newSince: (n, at) => `${at} 以来 ${n} 条新消息`,
  mentioned: "有人提到您",
  closed: "已关闭",
  unreadable: "您现在无法查看",
  said: (nick, text) => `${nick}：${text}`,
};

export const roomsTexts = { en, zh };
