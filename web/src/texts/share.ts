// What the panel with the room's link says. It is loaded with it.

export const shareTexts = {
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
