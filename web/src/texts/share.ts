// What the panel with the room's link says. It is loaded with it, in all languages at once.

const en = {
  hint: "Everyone who has this link can read the room and talk in it.",
  password: "Others need this link and the room's password.",
  locked: "The room is locked: only people who were in it before can come in. Others can knock.",
  byInvite: "An invite link, which you make below, lets newcomers in as well.",
  onlyHere: "This link works on this computer only.",
  sameNetwork: "This link works for everyone on your network.",
  copy: "Copy the link",
  roomLink: "Link to this room",
  more: "Share…",
  qr: "QR code of the link",
};

const zh: typeof en = {
  hint: "任何拥有此链接的人都可以阅读并发言。",
  password: "其他人需要这个链接和房间的密码。",
  locked: "房间已锁定：只有以前来过的人能进入，其他人可以敲门。",
  byInvite: "用下面创建的邀请链接，新成员可直接进入。",
  onlyHere: "此链接只能在这台电脑上使用。",
  sameNetwork: "同一网络中的所有人都能使用这个链接。",
  copy: "复制链接",
  roomLink: "房间链接",
  more: "分享…",
  qr: "链接的二维码",
};

export const shareTexts = { en, zh };
