import { effect } from "@preact/signals";
import { canEdit } from "../permissions.ts";
import { storage } from "../storage.ts";
import { store } from "../store.ts";
import type { Log } from "./log.ts";

const { room } = store;

/** Keeps which message the user edits or replies to, so that a reload doesn't lose it. */
export class Composition {
  readonly #code: string;
  readonly #log: Log;
  #closed = false;
  #restored = false;
  #stop: () => void;

  constructor(code: string, log: Log) {
    this.#code = code;
    this.#log = log;
    let before = room.composing.peek(); // what the user has begun before they were out of the room is stored as they left it
    this.#stop = effect(() => {
      const now = room.composing.value;
      if (now === before) return;
      before = now;
      storage.patchDraft(code, {
        reply: now?.is === "reply" ? now.message.seq : undefined,
        edit: now?.is === "edit" ? { seq: now.message.seq, text: now.text ?? now.message.content } : undefined,
      });
    });
  }

  close(): void {
    this.#closed = true;
    this.#stop();
  }

  /** Goes on with an edit or a reply from before a reload. Call it once the log was replayed. */
  restore(): void {
    if (this.#restored) return;
    this.#restored = true;
    const { edit, reply } = storage.draft(this.#code);
    const seq = edit?.seq ?? reply;
    if (seq !== undefined) void this.#restore(seq, edit?.text);
  }

  async #restore(seq: number, text: string | undefined): Promise<void> {
    const message = await this.#log.message(seq);
    if (!message || this.#closed || room.composing.value) return;
    if (text === undefined) room.composing.value = { is: "reply", message };
    else if (text === message.content)
      storage.patchDraft(this.#code, { edit: undefined }); // it was saved
    else if (canEdit(room.you.value, message)) room.composing.value = { is: "edit", message, text };
  }
}
