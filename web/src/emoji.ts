// Emoji by :name:. A small table: those that people use in talking.
const table =
  "+1 👍 -1 👎 100 💯 angry 😠 apple 🍎 balloon 🎈 bell 🔔 beer 🍺 bike 🚲 bird 🐦 blush 😊 book 📖 boom 💥 brain 🧠 broken_heart 💔 bug 🐛 bulb 💡 cake 🎂 calendar 📅 camera 📷 car 🚗 cat 🐱 check ✅ cherry 🍒 clap 👏 clock 🕒 cloud ☁️ clown 🤡 coffee ☕ cold 🥶 confused 😕 construction 🚧 cookie 🍪 cool 😎 cow 🐮 cross ❌ crown 👑 cry 😢 dance 💃 dizzy 💫 dog 🐶 email 📧 exclamation ❗ exploding_head 🤯 eyes 👀 face_palm 🤦 fear 😨 fire 🔥 fish 🐟 flag 🚩 flower 🌸 frog 🐸 gear ⚙️ ghost 👻 gift 🎁 grin 😁 grimace 😬 handshake 🤝 hand ✋ heart ❤️ heart_eyes 😍 hourglass ⏳ house 🏠 hug 🤗 hundred 💯 ice_cream 🍨 innocent 😇 joy 😂 key 🔑 kiss 😘 laughing 😆 leaf 🍃 link 🔗 lock 🔒 mag 🔍 mask 😷 medal 🏅 memo 📝 money 💰 monkey 🐵 moon 🌙 mouse 🐭 muscle 💪 music 🎵 nerd 🤓 neutral 😐 no 🚫 ok 👌 open_mouth 😮 package 📦 party 🥳 pear 🍐 penguin 🐧 phone 📱 pig 🐷 pin 📌 pizza 🍕 plane ✈️ plant 🌱 point_down 👇 point_left 👈 point_right 👉 point_up 👆 poop 💩 pray 🙏 question ❓ rabbit 🐰 rage 😡 rain 🌧️ rainbow 🌈 raised_hands 🙌 robot 🤖 rocket 🚀 rofl 🤣 rose 🌹 sad 😞 salt 🧂 scream 😱 see_no_evil 🙈 shrug 🤷 shush 🤫 sick 🤢 skull 💀 sleeping 😴 slight_smile 🙂 smile 😄 smirk 😏 snail 🐌 snow ❄️ snowman ⛄ sob 😭 sparkles ✨ speech 💬 star ⭐ strawberry 🍓 sun ☀️ sunglasses 😎 sweat 😅 tada 🎉 tea 🍵 thinking 🤔 thumbsup 👍 thumbsdown 👎 tomato 🍅 tongue 😛 tools 🛠️ tree 🌳 trophy 🏆 turtle 🐢 umbrella ☔ unicorn 🦄 upside_down 🙃 victory ✌️ warning ⚠️ watermelon 🍉 wave 👋 whale 🐳 wine 🍷 wink 😉 worried 😟 writing ✍️ yum 😋 zap ⚡ zzz 💤";

const words = table.split(" ");

/** Emoji by their names, in the order of the names. */
export const emoji: ReadonlyMap<string, string> = new Map(words.flatMap((w, i) => (i % 2 ? [] : [[w, words[i + 1]!] as const])));

/** Up to so many names that begin with, or else contain, what was typed. */
export function emojiLike(typed: string, most: number): string[] {
  const names = [...emoji.keys()];
  const first = names.filter((n) => n.startsWith(typed));
  return first.concat(names.filter((n) => !n.startsWith(typed) && n.includes(typed))).slice(0, most);
}

/** Whether the text is nothing but one to three emoji, which are shown large. */
export function onlyEmoji(text: string): boolean {
  return /^(?:\s*(?:\p{RI}{2}|\p{Emoji_Presentation}|\p{Emoji}\ufe0f)(?:\p{EMod}|\u200d\p{Emoji}\ufe0f?)*){1,3}\s*$/u.test(text);
}
