// What the list of rooms says. It is loaded with it.

import type { Counted } from "./counted.ts";

export const roomsTexts = {
  rooms: "Rooms",
  yourRooms: "Your rooms",
  newRoom: "Start or join a room",
  newSince: {
    one: (n, at) => `${n} new since ${at}`,
    other: (n, at) => `${n} new since ${at}`,
  } as Counted<[at: string]>,
  mentioned: "you are mentioned",
  closed: "Closed",
  unreadable: "You can't read it now",
  said: (nick: string, text: string) => `${nick}: ${text}`,
};
