// Lists the server's rooms and shows one. Names, nicks and messages come from strangers, so they
// are only set as text. Everything that changes something is a POST, which the server accepts from
// this page alone.
"use strict";

const at = (id) => document.getElementById(id);
const bytes = (n) => (n < 10240 ? `${n} B` : n < 10485760 ? `${Math.round(n / 1024)} KiB` : `${Math.round(n / 1048576)} MiB`);
const moment = (iso) => (iso ? new Date(iso).toLocaleString() : "–");
const who = (m) => m.nick || m.member;

/** make returns an element with a text and children. */
function make(tag, text, ...within) {
  const e = document.createElement(tag);
  e.textContent = text;
  e.append(...within);
  return e;
}

function say(text, failed = false) {
  at("state").textContent = text;
  at("state").className = failed ? "failed" : "";
}

/** ask sends a request and returns what the server answers. It throws what the server says is wrong. */
async function ask(path, options) {
  const answer = await fetch(path, { cache: "no-store", ...options });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.detail ?? `${answer.status} ${answer.statusText}`);
  return body;
}

const post = (path, fields = {}) => ask(path, { method: "POST", body: new URLSearchParams(fields) });

/** doing runs work, and shows what goes wrong with it. */
async function doing(work) {
  try {
    await work();
  } catch (e) {
    say(e.message, true);
  }
}

// The list. The pages before the present one are remembered by where they begin.
let pages = [""];
let next;
let asked = 0; // a slow answer must not replace a later one

async function list() {
  const query = new URLSearchParams({ search: at("search").value.trim(), order: at("order").value, after: pages.at(-1) });
  if (at("all").checked) query.set("all", "yes");
  const mine = ++asked;
  const found = await ask(`rooms?${query}`);
  if (mine !== asked) return;
  next = found.next;
  at("rooms-found").replaceChildren(...found.rooms.map(row));
  at("none").hidden = found.rooms.length > 0;
  at("page").textContent = `page ${pages.length}`;
  at("previous").disabled = pages.length === 1;
  at("next").disabled = !next;
  say("");
}

function row(room) {
  const link = make("a", room.room);
  link.href = `#${encodeURIComponent(room.room)}`;
  const marks = [room.locked && "locked", room.password && "password"].filter(Boolean).join(", ");
  const mark = make("span", marks);
  mark.className = "mark";
  const cells = [make("td", "", link, mark), make("td", room.name ?? ""), make("td", room.owners.map(who).join(", "))];
  for (const n of [room.present, room.messages, bytes(room.bytes)]) {
    const cell = make("td", String(n));
    cell.className = "n";
    cells.push(cell);
  }
  return make("tr", "", ...cells, make("td", moment(room.said)));
}

function restart() {
  pages = [""];
  return doing(list);
}

// One room.
let code = ""; // of the room that is shown
let oldest; // the seq of the oldest event that is shown

const path = (what = "") => `rooms/${encodeURIComponent(code)}${what}`;

async function show() {
  const mine = code;
  const room = await ask(path());
  if (mine !== code) return;
  at("room-code").textContent = room.settings.name ? `${room.settings.name} (${room.room})` : room.room;
  const facts = {
    topic: room.settings.topic || "–",
    events: room.first > room.head ? "none" : `${room.first} to ${room.head}`,
    members: room.present,
    readers: room.readers,
    locked: room.settings.locked ? "yes" : "no",
    password: room.settings.password ? "yes" : "no",
  };
  at("facts").replaceChildren(...Object.entries(facts).map(([name, value]) => make("div", "", make("dt", name), make("dd", String(value)))));
  at("lock").textContent = room.settings.locked ? "Unlock" : "Lock";
  at("lock").value = room.settings.locked ? "unlock" : "lock";
  for (const format of ["html", "txt", "jsonl"]) at(`export-${format}`).href = path(`/export?format=${format}`);
  items("roles", room.roles, (m) => `${m.role}: ${m.nick ? `${m.nick} (${m.member})` : m.member}`);
  items("hooks", room.hooks, (h) => `${h.name} (${h.member}), made by ${who(h.by)}, last used ${moment(h.used)}`, "Remove", "unhook");
  items("bans", room.bans, (b) => `${who(b)}, by ${who(b.by)}${b.until ? `, until ${moment(b.until)}` : ""}${b.reason ? `: ${b.reason}` : ""}`, "Lift", "unban");
  at("log-events").replaceChildren();
  oldest = undefined;
  await older();
}

/** items fills a list. Each item can have a button that posts its member to a path. */
function items(id, all, words, button, action) {
  at(id).replaceChildren(
    ...(all ?? []).map((item) => {
      const li = make("li", "", make("span", words(item)));
      if (button) {
        const b = make("button", button);
        b.type = "button";
        b.addEventListener("click", () => change(() => post(path(`/${action}`), { member: item.member })));
        li.append(b);
      }
      return li;
    }),
  );
}

async function older() {
  const mine = code;
  const page = await ask(path(`/messages?limit=100${oldest ? `&before=${oldest}` : ""}`));
  if (mine !== code) return;
  if (page.events.length > 0) oldest = page.events[0].seq;
  at("log-events").prepend(...page.events.map(line));
  at("older").hidden = !page.more;
}

function line(e) {
  const time = make("time", moment(e.sent_at ?? e.at));
  const li = make("li", "", time, ` ${e.seq} `, make("b", who(e.from)), " ");
  li.title = `member ${e.from.member}`;
  li.append(wordsOf(e));
  return li;
}

function wordsOf(e) {
  switch (e.type) {
    case "message":
      return e.deleted ? "(erased)" : e.content;
    case "edited":
      return e.content ? `edited ${e.target}: ${e.content}` : `edited ${e.target}`;
    case "deleted":
      return `erased ${e.target}`;
    case "reacted":
      return `${e.remove ? "took back" : "reacted with"} ${e.emoji} on ${e.target}`;
    default:
      return [e.action ?? e.type, e.nick ?? e.member ?? "", e.settings ? JSON.stringify(e.settings) : "", e.reason ?? ""].filter(Boolean).join(" ");
  }
}

/** change does something to the room, and shows it again. */
function change(work) {
  return doing(async () => {
    say("working…");
    await work();
    await show();
    say("done");
  });
}

/**
 * confirmed asks for the room's code, and resolves to whether it was given, and the room is still
 * the one that is shown.
 */
function confirmed(what) {
  const dialog = at("confirm");
  const mine = code;
  at("confirm-what").textContent = what;
  at("confirm-code").value = "";
  at("confirm-do").disabled = true;
  dialog.returnValue = "cancel";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "do" && code === mine), { once: true }));
}

async function route() {
  try {
    code = decodeURIComponent(location.hash.slice(1));
  } catch {
    code = "";
  }
  at("list").hidden = code !== "";
  at("room").hidden = code === "";
  say("");
  if (code === "") return doing(list);
  at("room-code").textContent = code;
  await doing(show);
  at("room-code").focus();
}

let typed;
at("search").addEventListener("input", () => {
  clearTimeout(typed);
  typed = setTimeout(restart, 250);
});
at("query").addEventListener("submit", (e) => {
  e.preventDefault();
  void restart();
});
at("order").addEventListener("change", restart);
at("all").addEventListener("change", restart);
at("next").addEventListener("click", () => {
  pages.push(next);
  void doing(list);
});
at("previous").addEventListener("click", () => {
  pages.pop();
  void doing(list);
});
at("back").addEventListener("click", () => {
  location.hash = "";
});
at("older").addEventListener("click", () => doing(older));
at("lock").addEventListener("click", () => change(() => post(path(`/${at("lock").value}`))));
at("erase").addEventListener("click", async () => {
  if (await confirmed(`Everything that was said in ${code} will be erased, for everyone and for good.`)) await change(() => post(path("/erase"), { confirm: code }));
});
at("close").addEventListener("click", async () => {
  if (!(await confirmed(`The room ${code} will be closed, and its log erased, for everyone and for good.`))) return;
  await doing(async () => {
    await post(path("/close"), { confirm: code });
    location.hash = "";
  });
});
at("confirm-code").addEventListener("input", () => {
  at("confirm-do").disabled = at("confirm-code").value.trim().toLowerCase() !== code.toLowerCase();
});
at("give-owner").addEventListener("submit", (e) => {
  e.preventDefault();
  void change(() => post("owner", { room: code, member: at("member").value.trim() }));
});
at("import").addEventListener("change", () => {
  const [file] = at("import").files;
  if (!file) return;
  void doing(async () => {
    say("importing…");
    const done = await ask(path("/import"), { method: "POST", body: file, headers: { "Content-Type": "application/jsonl" } });
    at("import").value = "";
    await show();
    say(`${done.messages} messages added, ${done.known} known, ${done.skipped} skipped${done.complete ? "" : ": the file is incomplete"}`, !done.complete);
  });
});
addEventListener("hashchange", () => {
  at("confirm").close("cancel");
  void route();
});
void route();
