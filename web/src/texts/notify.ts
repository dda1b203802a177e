// What notifications say, and the settings for them. The page loads it later; the worker has it, too.

import type { Counted } from "./counted.ts";

export const notifyTexts = {
  from: (nick: string, room: string) => `${nick} in ${room}`,
  several: {
    one: (n, room) => `${n} new message in ${room}`,
    other: (n, room) => `${n} new messages in ${room}`,
  } as Counted<[room: string]>,
  spoken: (nick: string, text: string) => `${nick}: ${text}`,
  files: { one: (n) => `${n} file`, other: (n) => `${n} files` } as Counted,
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

export type NotifyTexts = typeof notifyTexts;
