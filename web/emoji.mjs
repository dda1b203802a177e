// Makes src/emoji-data.json, the emoji that the page knows by name, of the
// emojibase-data package: npm run emoji writes it. Each line is an emoji, its names (as :name:
// in other chats), and words to find it by in English and Chinese.
import { readFileSync } from "node:fs";

const load = (name) => JSON.parse(readFileSync(`node_modules/emojibase-data/${name}.json`, "utf8"));
const list = (of) => (of === undefined ? [] : [of].flat());

/** Emoji that people use most: they come first. */
const popular = `
👍 ❤️ 😂 🎉 😮 😢 👎 💯 😠 🍎 🎈 🔔 🍺 🚲 🐦 😊 📖 💥 🧠 💔 🐛 💡 🎂 📅 📷 🚗 🐱 ✅ 🍒 👏 🕒 ☁️ 🤡 ☕ 🥶 😕 🚧 🍪 😎 🐮
❌ 👑 💃 💫 🐶 📧 ❗ 🤯 👀 🤦 😨 🔥 🐟 🚩 🌸 🐸 ⚙️ 👻 🎁 😁 😬 🤝 ✋ 😍 ⏳ 🏠 🤗 🍨 😇 🔑 😘 😆 🍃 🔗 🔒 🔍 😷 🏅 📝 💰
🐵 🌙 🐭 💪 🎵 🤓 😐 🚫 👌 📦 🥳 🍐 🐧 📱 🐷 📌 🍕 ✈️ 🌱 👇 👈 👉 👆 💩 🙏 ❓ 🐰 😡 🌧️ 🌈 🙌 🤖 🚀 🤣 🌹 😞 🧂 😱 🙈 🤷
🤫 🤢 💀 😴 🙂 😄 😏 🐌 ❄️ ⛄ 😭 ✨ 💬 ⭐ 🍓 ☀️ 😅 🍵 🤔 🍅 😛 🛠️ 🌳 🏆 🐢 ☔ 🦄 🙃 ✌️ ⚠️ 🍉 👋 🐳 🍷 😉 😟 ✍️ 😋 ⚡ 💤
`.split(/\s+/).map((e) => e.replaceAll("\ufe0f", ""));
const rank = (emoji) => (popular.indexOf(emoji.replaceAll("\ufe0f", "")) + 1 || popular.length + 1);

/** The file's text. */
export function emojiData() {
  const [github, common, chinese] = [load("en/shortcodes/github"), load("en/shortcodes/emojibase"), load("zh/compact")];
  const inChinese = new Map(chinese.map((e) => [e.hexcode, e]));
  const lines = load("en/compact")
    .filter((e) => e.group !== undefined && e.group !== 2) // neither letters of flags nor skin tones
    .sort((a, b) => rank(a.unicode) - rank(b.unicode) || a.order - b.order)
    .map((e) => {
      const names = [...new Set([...list(github[e.hexcode]), ...list(common[e.hexcode])])].filter((n) => /^[a-z0-9_+-]+$/.test(n));
      const zh = inChinese.get(e.hexcode);
      const words = new Set([...list(e.tags), ...list(zh?.label), ...list(zh?.tags)]);
      for (const name of names) words.delete(name);
      return `${plain(e.unicode)}|${names.join(" ")}|${[...words].join(" ")}`;
    });
  return `${JSON.stringify(lines).replaceAll('","', '",\n"')}\n`;
}

/** Leaves out the variation selector where an emoji is shown in colour without it. */
const plain = (emoji) => emoji.replace(/(\p{Emoji_Presentation})\ufe0f/gu, "$1");
