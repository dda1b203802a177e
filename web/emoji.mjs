// Makes src/emoji-data.json, the emoji that the page knows by name, of the
// emojibase-data package: npm run emoji writes it. It has the emoji that people use most, and for
// each category a line for each emoji: the emoji, its names (as :name: in other chats), what it
// shows in English and in Chinese, words to find it by in both, and whether it has skin tones.
import { readFileSync } from "node:fs";

const load = (name) => JSON.parse(readFileSync(`node_modules/emojibase-data/${name}.json`, "utf8"));
const list = (of) => (of === undefined ? [] : [of].flat());

/** Emoji that people use most: of those that fit as well, they are found first. */
const popular = `
👍 ❤️ 😂 🎉 😮 😢 👎 💯 😠 🍎 🎈 🔔 🍺 🚲 🐦 😊 📖 💥 🧠 💔 🐛 💡 🎂 📅 📷 🚗 🐱 ✅ 🍒 👏 🕒 ☁️ 🤡 ☕ 🥶 😕 🚧 🍪 😎 🐮
❌ 👑 💃 💫 🐶 📧 ❗ 🤯 👀 🤦 😨 🔥 🐟 🚩 🌸 🐸 ⚙️ 👻 🎁 😁 😬 🤝 ✋ 😍 ⏳ 🏠 🤗 🍨 😇 🔑 😘 😆 🍃 🔗 🔒 🔍 😷 🏅 📝 💰
🐵 🌙 🐭 💪 🎵 🤓 😐 🚫 👌 📦 🥳 🍐 🐧 📱 🐷 📌 🍕 ✈️ 🌱 👇 👈 👉 👆 💩 🙏 ❓ 🐰 😡 🌧️ 🌈 🙌 🤖 🚀 🤣 🌹 😞 🧂 😱 🙈 🤷
🤫 🤢 💀 😴 🙂 😄 😏 🐌 ❄️ ⛄ 😭 ✨ 💬 ⭐ 🍓 ☀️ 😅 🍵 🤔 🍅 😛 🛠️ 🌳 🏆 🐢 ☔ 🦄 🙃 ✌️ ⚠️ 🍉 👋 🐳 🍷 😉 😟 ✍️ 😋 ⚡ 💤
`.trim().split(/\s+/);

/** The categories, in the order that people know, by their number in the package. Its 2 is the skin tones alone. */
const categories = { smileys: 0, people: 1, animals: 3, food: 4, travel: 5, activities: 6, objects: 7, symbols: 8, flags: 9 };

/** The file's text. */
export function emojiData() {
  const [github, common, chinese] = [load("en/shortcodes/github"), load("en/shortcodes/emojibase"), load("zh/compact")];
  const inChinese = new Map(chinese.map((e) => [e.hexcode, e]));
  const all = load("en/compact").sort((a, b) => a.order - b.order);
  const line = (e) => {
    const names = [...new Set([...list(github[e.hexcode]), ...list(common[e.hexcode])])].filter((n) => /^[a-z0-9_+-]+$/.test(n));
    const zh = inChinese.get(e.hexcode);
    const words = new Set([...list(e.tags), ...list(zh?.tags)]);
    for (const known of [...names, zh?.label]) words.delete(known);
    return [plain(e.unicode), names.join(" "), e.label, zh?.label ?? "", [...words].join(" "), ...(e.skins ? ["tones"] : [])].join("|");
  };
  const groups = Object.entries(categories).map(([name, group]) => [name, all.filter((e) => e.group === group).map(line)]);
  const data = { popular, groups: Object.fromEntries(groups) };
  return `${JSON.stringify(data).replaceAll('","', '",\n"').replaceAll("[", "[\n").replaceAll("]", "\n]")}\n`;
}

/** Each emoji that has skin tones, with its five, which are in the order of the tones. For a test. */
export function emojiTones() {
  return load("en/data").flatMap((e) => {
    const one = (e.skins ?? []).filter((s) => typeof s.tone === "number");
    return one.length > 0 ? [{ emoji: plain(e.emoji), tones: one.sort((a, b) => a.tone - b.tone).map((s) => s.emoji) }] : [];
  });
}

/** Leaves out the variation selector where an emoji is shown in colour without it. */
const plain = (emoji) => emoji.replace(/(\p{Emoji_Presentation})\ufe0f/gu, "$1");
