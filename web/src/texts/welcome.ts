// What welcomes the user: the sample on the start page, and a room without messages. It is loaded with them.

export const welcomeTexts = {
  privacy:
    "No account, no tracking. Messages stay on this server and with the people in the room, unless somebody there turns on notifications or connects an app.",
  sample: {
    ann: "Mia",
    bob: "Leo",
    asks: "Picnic on **Saturday**? 🧺",
    answers: "Yes! I bring\n- bread and salad\n- a *big* blanket",
    own: "And I make lemonade. See you at three!",
  },

  empty: "There are no messages yet.",
  emptyHint: "Three things to begin with:",
  hello: "Say hello",
  greeting: "Hello! 👋",
  nameRoom: "Name the room",
  notified: "Choose what notifies you",
};
