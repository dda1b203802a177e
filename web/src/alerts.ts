// Alerts for a user who isn't looking: the page's title and icon, and, if the user
// wants them, a notification and a sound for a message that calls them.
import { effect } from "@preact/signals";
import { emoteOf } from "./emote.ts";
import type { Message } from "./fold.ts";
import { gist } from "./markdown/gist.ts";
import { callsUser } from "./content.ts";
import { base } from "./route.ts";
import { roomTitle, store, unread } from "./store.ts";
import { t } from "./texts.ts";

/** Whether this browser can show notifications. */
export const canNotify = "Notification" in globalThis && isSecureContext;

/** Asks the browser's user for permission to notify. It resolves to whether it was given. */
export async function askToNotify(): Promise<boolean> {
  return canNotify && (await Notification.requestPermission()) === "granted";
}

/** Alerts the user to a new message, if it calls them and they aren't looking. */
export function alertOf(message: Message): void {
  if (store.looking.value || !callsUser(message)) return;
  const { notify, sound } = store.settings.value;
  if (sound) chime();
  if (!notify || !canNotify || Notification.permission !== "granted") return;
  const said = gist(message.content);
  try {
    const options: NotificationOptions & { renotify: boolean } = {
      body: emoteOf(message.content) === undefined ? said : `${message.from.nick} ${said}`,
      tag: `snug:${store.room.code.value}`,
      renotify: true, // or a second one would replace the first without a sound
      icon: new URL("icon-192.png", base).href,
    };
    const note = new Notification(t().mentionedIn(message.from.nick, roomTitle.value), options);
    note.onclick = () => {
      focus();
      note.close();
    };
  } catch {
    // Some phones have Notification but no way to construct one. The title and the sound remain.
  }
}

let audio: AudioContext | undefined;

/** Plays two soft notes. They are computed, so there is no file to load. */
export function chime(): void {
  audio ??= new AudioContext();
  void audio.resume();
  [660, 880].forEach((pitch, i) => {
    const note = audio!.createOscillator();
    const volume = audio!.createGain();
    const at = audio!.currentTime + i * 0.12;
    note.frequency.value = pitch;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.12, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.35);
    note.connect(volume).connect(audio!.destination);
    note.start(at);
    note.stop(at + 0.4);
  });
}

/** Shows the number of unread messages in the title and the icon. */
export function showUnread(): void {
  const icon = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  const plain = icon?.href ?? "";
  effect(() => {
    const count = unread.value;
    const name = roomTitle.value ? `${roomTitle.value} · Snug` : "Snug";
    document.title = count > 0 ? `(${count}) ${name}` : name;
    if (icon) icon.href = count > 0 ? badge(count) : plain;
  });
}

function badge(count: number): string {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 64;
  const c = canvas.getContext("2d");
  if (!c) return "";
  c.fillStyle = "#b3471d";
  c.beginPath();
  c.roundRect(0, 0, 64, 64, 18);
  c.fill();
  c.fillStyle = "#fff";
  c.font = `700 ${count > 9 ? 36 : 44}px system-ui, sans-serif`;
  c.textAlign = "center";
  c.textBaseline = "middle";
  c.fillText(count > 99 ? "99" : `${count}`, 32, 35);
  return canvas.toDataURL();
}
