// What commands are about, which the composer suggests. It is loaded with them.

export const commandTexts = {
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
    ban: "name [reason]",
  } as Partial<Record<string, string>>,
  unknown: (word: string) => `There is no command ${word}. /help lists them; // begins a message with a slash.`,
  needs: (what: string) => `Write ${what}.`,
  notHere: (nick: string) => `Nobody here is called ${nick}.`,
  noSearch: "This server has no search.",
};
