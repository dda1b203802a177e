// Alerts for a user who isn't looking: a notification and a sound for a message that
// the room's level wants, and the number of unread messages in the icons.
import { effect, signal, untracked } from "@preact/signals";
import { goTo } from "../actions.ts";
import { callsUser } from "../content.ts";
import type { Message } from "../fold.ts";
import { isQuiet, wants } from "../levels.ts";
import { base } from "../route.ts";
import { database } from "../storage.ts";
import type { Unread } from "../records.ts";
import { store, unread } from "../store.ts";
import { language, texts } from "../texts.ts";
import { notifyTexts } from "../texts/notify.ts";
import { setUnread } from "./app-badge.ts";
import { level, permission, watchLevel } from "./level.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import { noteOf, type NoteData, type News } from "./note.ts";
import { endNotifying, watchRegistration } from "./registration.ts";
import { closeRead, optionsOf, show } from "./shown.ts";
import { chime } from "./sound.ts";
import { Turn } from "./turn.ts";
import { showInIcon } from "./unread-icon.ts";
import { worker } from "./worker.ts";

const { room } = store;

/** Alerts the user from now on. Call it once. */
export function watchAlerts(): void {
  watchLevel();
  watchTurn();
  watchRead();
  watchCount();
  watchWorker();
  watchRegistration();
  effect(() => {
    if (room.code.value) void database.put("page", "language", language.value); // before that the worker has nothing to say
  });
}

/** Alerts to what arrives while this is the tab that alerts, and the user doesn't look at it. */
function watchTurn(): void {
  const turn = signal<Turn | undefined>(undefined);
  effect(() => {
    const code = room.code.value;
    if (!code) return;
    const mine = (turn.value = new Turn(code));
    return () => mine.close();
  });
  effect(() => {
    if (store.looking.value) turn.value?.take();
  });
  const alertIfAway = (messages: readonly Message[]) => {
    if (!store.looking.peek() && turn.peek()?.here) untracked(() => alertTo(messages));
  };
  effect(() => {
    const message = room.arrived.value;
    if (message) alertIfAway([message]);
  });
  effect(() => alertIfAway(room.missed.value));
}

/** Alerts once to those of the messages that the room's level wants. */
function alertTo(messages: readonly Message[]): void {
  const { sound, quiet } = store.settings.value;
  const wanted = messages.filter((m) => wants(level.value, callsUser(m)));
  const newest = wanted.at(-1);
  if (!newest || isQuiet(quiet, new Date())) return;
  if (sound) chime();
  const earlier = wanted.slice(0, -1).map((m) => m.seq);
  if (permission.value === "granted") void notify(newest, earlier).catch(() => {}); // permission was taken back, or some phones have no way without a worker
}

/** The notification of this page, where there is no worker to show it. */
let own: { note: Notification; data: NoteData } | undefined;
/** The message of which this page has notified last: its seq. */
let noted: number | undefined;

async function notify(message: Message, earlier: readonly number[]): Promise<void> {
  noted = message.seq;
  const news: News = {
    room: room.code.value,
    name: room.settings.value?.name,
    epoch: room.epoch,
    seq: message.seq,
    from: message.as ?? message.from.nick,
    text: message.content,
    files: message.files?.length,
    earlier,
  };
  const words = { language: language.value, texts: texts("notify", notifyTexts) };
  const registration = await worker();
  if (registration) return show(registration, news, words);
  const note = noteOf(news, own?.data, words);
  if (!note) return;
  const shown = new Notification(note.title, optionsOf(note, base));
  own = { note: shown, data: note.data };
  shown.onclick = () => {
    focus();
    shown.close();
    own = undefined;
    handleClick(note.data);
  };
  shown.onclose = () => {
    if (own?.note === shown) own = undefined; // the user has closed it
  };
}

/** Goes to the message of a notification that the user has clicked. */
function handleClick({ epoch, seq }: { epoch: string; seq: number }): void {
  if (room.epoch === epoch) goTo(seq);
}

/** Closes the notification of messages that were read, here, in another tab or on another device; and of an erased one. */
function watchRead(): void {
  const close = async (seq: number): Promise<void> => {
    if (own && own.data.seq <= seq) {
      own.note.close();
      own = undefined; // not every browser reports what the page closes itself
    }
    const { epoch } = room;
    const code = room.code.value;
    const registration = await worker();
    if (registration) await closeRead(registration, code, { epoch, seq });
  };
  effect(() => {
    const seq = room.seen.value;
    if (room.entered.value && room.epoch) untracked(() => void close(seq));
  });
  effect(() => {
    room.version.value;
    if (noted === undefined || !room.fold.find(noted)?.deleted) return;
    const erased = noted;
    noted = undefined;
    untracked(() => void close(erased));
  });
}

/** Shows the number of unread messages, and notes it for the other rooms' pages and the worker. */
function watchCount(): void {
  let next: [code: string, unread: Unread] | undefined;
  let writing = false;
  const write = async (): Promise<void> => {
    writing = true;
    for (let one = next; one; one = next) {
      next = undefined; // of a stream of messages, most counts are old before they are written
      if (one[0] === room.code.peek()) await setUnread(database, ...one);
    }
    writing = false;
  };
  effect(() => {
    const count = unread.value;
    showInIcon(count);
    if (room.state.value.is !== "open" || !room.epoch) return;
    const { epoch, fold } = room;
    next = [room.code.value, { epoch, seq: fold.last, count }];
    if (!writing) void write();
  });
  effect(() => {
    const { state } = room;
    if (state.value.is === "ended" && state.value.why.code === "closed")
      untracked(() => void endNotifying(room.code.value));
  });
}

/** Tells the worker which room this window shows, and does what it says. */
function watchWorker(): void {
  const container = navigator.serviceWorker as ServiceWorkerContainer | undefined; // which plain http lacks
  if (!container) return;
  effect(() => {
    const message: ToWorker = { type: "window", room: room.code.value };
    void container.ready.then(({ active }) => {
      if (message.room === room.code.peek()) active?.postMessage(message);
    });
  });
  container.addEventListener("message", ({ data }: MessageEvent<FromWorker | undefined>) => {
    if (data?.type === "go-to") handleClick(data);
  });
}
