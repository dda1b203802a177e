// The worker sends what pages have left unsent, over HTTP: docs/http.md, "Commands".
import { sendCommand } from "../../client/outbox.ts";
import { refusalOf } from "../../client/refusal.ts";
import { duplicateTime } from "../../client/protocol.ts";
import { Database } from "../database.ts";
import { nameFor, outboxLock, roomKey, type Place, type Unsent } from "../records.ts";
import { base } from "./scope.ts";

/** How long an answer is waited for, in ms. */
const answerWithin = 30_000;
/** The longest pause between two messages, in ms; after a longer one the browser starts the worker again. */
const longestPause = 5000;

/** What a refusal by one of these codes says is not about the message: the page, or time, may do something about it. */
const notOfMessage: ReadonlySet<string> = new Set(
  "unavailable slow-mode rate-limited too-many room-full forbidden banned locked bad-password bad-token closed".split(
    " ",
  ),
);

/** Sends the messages of all rooms. It rejects if some are left that may be sent later: the browser then tries again. */
export async function sendUnsent(): Promise<void> {
  const database = new Database(nameFor(base));
  if (!(await database.isOpen())) throw new Error("the messages can't be read");
  const rooms = new Map((await database.all("outbox")).map(([, message]) => [roomKey(message.room), message.room]));
  let left = false;
  for (const code of rooms.values()) {
    // A page in the room shares its lock, and sends by itself.
    const sent = await navigator.locks.request(
      outboxLock(base, code),
      { ifAvailable: true },
      async (lock) => lock !== null && sendRoom(database, code),
    );
    left ||= !sent;
  }
  if (left) throw new Error("messages are left");
}

/** Sends a room's messages in order. It resolves to whether none is left for later. */
async function sendRoom(database: Database, code: string): Promise<boolean> {
  const key = roomKey(code);
  const place = await database.get("seats", key);
  if (!place) return true; // only the page can ask who the user is
  const after = (await database.get("copies", key))?.last ?? 0;
  const messages = (await database.all("outbox", `${key}:`)).sort(([, a], [, b]) => a.at - b.at);
  for (const [key, message] of messages) {
    if (message.failed) continue;
    const now = Date.now();
    if (message.tried !== undefined && now - message.tried > duplicateTime) continue; // the page asks the user
    // It may arrive although no answer comes: the page has to know that it was tried.
    const tried = message.tried === undefined ? { ...message, tried: now, after } : message;
    await database.put("outbox", key, tried);
    const outcome = await send(tried, place);
    if (outcome === "later") return false;
    await database.put("outbox", key, outcome === "sent" ? undefined : { ...tried, failed: outcome });
  }
  return true;
}

/** Sends a message. It resolves to why it never will be accepted, if so. */
async function send(message: Unsent, place: Place): Promise<"sent" | "later" | { code: string; message: string }> {
  try {
    const answer = await fetch(new URL(`r/${encodeURIComponent(message.room)}/commands`, base), {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "Snug-Seat": place.seat,
        ...(place.nick ? { "Snug-Nick": encodeURIComponent(place.nick) } : {}),
      },
      body: JSON.stringify(sendCommand(message)),
      cache: "no-store",
      signal: AbortSignal.timeout(answerWithin),
    });
    // A network that asks its users to sign in answers with a page of its own.
    if (answer.ok) return ((await answer.json()) as { id?: string }).id === message.id ? "sent" : "later";
    const refusal = await refusalOf(answer);
    if (!refusal) return "later"; // something on the way
    const { code, retry_after_ms: pause = Infinity } = refusal;
    if (!notOfMessage.has(code)) return { code, message: refusal.message };
    if (pause > longestPause) return "later";
    await new Promise((over) => setTimeout(over, pause));
    return await send(message, place);
  } catch {
    return "later"; // there is no network
  }
}
