// Fetches the state of the server once a second and shows it. Nicks and room codes come from
// strangers, so they are only set as text.
"use strict";

const every = 1000; // milliseconds between two fetches
const tick = 9; // pixels of a log event on a tape, as in the style sheet
const still = matchMedia("(prefers-reduced-motion: reduce)");
const at = (id) => document.getElementById(id);

/** make returns an element with a class, a text and children. */
function make(tag, name, text = "", ...within) {
  const e = document.createElement(tag);
  e.className = name;
  e.textContent = text;
  e.append(...within);
  return e;
}

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const count = (n) => (n < 10000 ? whole : short).format(n);
const rate = (n) => (n > 0 && n < 9.95 ? n.toFixed(1) : count(n));

function bytes(n) {
  for (const unit of ["B", "KiB", "MiB"]) {
    if (n < 1000) return `${n < 10 && unit !== "B" ? n.toFixed(1) : Math.round(n)} ${unit}`;
    n /= 1024;
  }
  return `${n.toFixed(1)} GiB`;
}

function age(s) {
  const [d, h, m] = [Math.floor(s / 86400), Math.floor(s / 3600) % 24, Math.floor(s / 60) % 60];
  if (d > 0) return `${d} d ${h} h`;
  if (h > 0) return `${h} h ${m} min`;
  return m > 0 ? `${m} min` : `${Math.floor(s)} s`;
}

/** behind returns the CSS class of a client: late if it is behind by more than a second's events. */
function behind(client, roomRate) {
  if (client.in_log) return "lost";
  return client.lag > Math.max(10, roomRate) ? "late" : "";
}

/** place returns the position of a cursor on a log, from 0 at the old end to 1. */
const place = (lag) => 1 - Math.min(1, Math.log10(1 + lag) / 4.5) * 0.96;

/** Card shows one room. */
class Card {
  constructor(code) {
    this.heart = make("i", "heart");
    this.rate = make("span", "rate");
    this.tape = make("div", "tape");
    this.head = make("span", "head");
    this.log = make("div", "log", "", this.tape, this.head);
    this.clients = make("ul", "clients");
    const name = make("span", "code", code);
    name.title = code;
    this.element = make("article", "room", "", make("h3", "", "", this.heart, name, this.rate), this.log, this.clients);
    this.cursors = new Map();
  }

  show(room) {
    this.rate.textContent = `${rate(room.rate)} /s`;
    this.head.textContent = `event ${whole.format(room.head)}`;
    if (room.rate > 0 && !still.matches) this.move(room.rate);
    this.showCursors(room);
    this.clients.replaceChildren(...room.shown.map((c) => this.chip(c, room.rate)));
    const rest = room.clients - room.shown.length;
    if (rest > 0) this.clients.append(make("li", "rest", `and ${count(rest)} more`));
  }

  /** move animates the log for a second. */
  move(events) {
    const far = Math.min(Math.round(events), 90) * tick;
    this.tape.animate([{ transform: "none" }, { transform: `translateX(-${far}px)` }], every);
    this.heart.animate([{ transform: "scale(1)" }, { transform: "scale(1.5)" }, { transform: "scale(1)" }], { duration: 500, iterations: 2 });
  }

  showCursors(room) {
    const seen = new Map();
    const slots = room.shown.map((c) => c.conn).sort((a, b) => a - b);
    for (const client of room.shown) {
      const c = this.cursors.get(client.conn) ?? make("i", "cursor");
      c.className = `cursor ${behind(client, room.rate)}`;
      c.style.left = `${place(client.lag) * 100}%`;
      c.style.top = `${3 + (slots.indexOf(client.conn) % 6) * 4}px`;
      c.title = `${client.nick}: ${client.lag} behind`;
      if (!c.isConnected) this.log.append(c);
      seen.set(client.conn, c);
    }
    for (const [conn, c] of this.cursors) if (!seen.has(conn)) c.remove();
    this.cursors = seen;
  }

  chip(client, roomRate) {
    const late = behind(client, roomRate);
    const nick = make("span", "nick", client.nick);
    const li = make("li", late, "", make("i", "client"), nick);
    if (late) li.append(make("b", "", `−${count(client.lag)}`));
    li.title = `${client.nick}, connection ${client.conn}, ${client.dialect}: ${client.lag} events behind, ${bytes(client.rate)}/s`;
    return li;
  }
}

const cards = new Map(); // by room code
let last; // the previous state

function show(now) {
  at("state").className = now.ready ? "not" : "ready";
  at("state").textContent = now.ready || "ready";
  const clients = now.readers + now.writers;
  at("goroutines").textContent = whole.format(now.goroutines);
  at("rooms-n").textContent = whole.format(now.open_rooms);
  at("clients-n").textContent = whole.format(clients);
  at("others-n").textContent = whole.format(Math.max(0, now.goroutines - now.open_rooms - clients));
  at("heap").textContent = bytes(now.heap_bytes);
  at("uptime").textContent = age(now.uptime_seconds);

  const seconds = last ? (Date.parse(now.at) - Date.parse(last.at)) / 1000 : 0;
  if (seconds > 0 && now.messages >= last.messages) {
    at("messages").textContent = rate((now.messages - last.messages) / seconds);
    at("deliveries").textContent = rate((now.deliveries - last.deliveries) / seconds);
    at("sent").textContent = `${bytes((now.sent_bytes - last.sent_bytes) / seconds)}/s`;
  }
  if (seconds !== 0 || !last) last = now;

  showRooms(now);
  showFurthest(now);
}

function showRooms(now) {
  const rooms = [...now.rooms].sort((a, b) => a.code.localeCompare(b.code, "en", { numeric: true }));
  const shown = new Set(rooms.map((r) => r.code));
  for (const [code, card] of cards) {
    if (shown.has(code)) continue;
    card.element.remove();
    cards.delete(code);
  }
  rooms.forEach((room, i) => {
    let card = cards.get(room.code);
    if (!card) cards.set(room.code, (card = new Card(room.code)));
    if (at("rooms").children[i] !== card.element) at("rooms").insertBefore(card.element, at("rooms").children[i] ?? null);
    card.show(room);
  });
  const hidden = now.open_rooms - rooms.length;
  at("more").hidden = hidden <= 0 && rooms.length > 0;
  at("more").textContent = rooms.length === 0 ? "Nobody is here yet." : `These are the busiest; ${hidden === 1 ? "1 more is" : `${count(hidden)} more are`} open.`;
}

function showFurthest(now) {
  const rates = new Map(now.rooms.map((r) => [r.code, r.rate]));
  const late = now.furthest.filter((c) => behind(c, rates.get(c.room) ?? 0));
  at("nobody").hidden = late.length > 0;
  at("furthest").replaceChildren(...late.map((c) => {
    const who = make("div", "who", "", make("span", "", c.nick), make("span", "lag", `−${count(c.lag)}`));
    const where = `in ${c.room}, connection ${c.conn}, receives ${bytes(c.rate)}/s${c.in_log ? " from the journal" : ""}`;
    return make("li", behind(c, rates.get(c.room) ?? 0), "", who, make("div", "where", where));
  }));
}

async function refresh() {
  try {
    const answer = await fetch("inside.json", { cache: "no-store", signal: AbortSignal.timeout(5 * every) });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    show(await answer.json());
  } catch (err) {
    at("state").className = "not";
    at("state").textContent = `no state from the server: ${err.message}`;
  }
  setTimeout(refresh, every);
}

refresh();
