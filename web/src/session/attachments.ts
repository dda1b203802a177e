// Uploading the files that go with the next message.
import type { FileInfo } from "../../client.ts";
import { session } from "./current.ts";
import type { Attachment } from "../room-state.ts";
import { roomLink } from "../route.ts";
import { storage } from "../storage.ts";
import { store } from "../store.ts";
import { language, number } from "../texts.ts";
import { fileTexts } from "../texts/files.ts";
import { token } from "../token.ts";

const { room } = store;

/** How many files a message may have. */
const mostFiles = 10;

/** How large a file is, for people. */
export const sizeText = (bytes: number): string =>
  bytes < 1024
    ? `${number(bytes)} B`
    : bytes < 1_048_576
      ? `${number(Math.round(bytes / 1024))} KiB`
      : `${number(Math.round(bytes / 104_857.6) / 10)} MiB`;

const uploads = new Map<number, XMLHttpRequest>();
let last = 0;

/** Uploads files. What is too large, or too many, says so. */
export function upload(files: readonly File[]): void {
  const most = room.limits.value?.file_bytes ?? 0;
  for (const file of files) {
    const key = ++last;
    const texts = fileTexts[language.value];
    const error =
      file.size > most
        ? texts.tooLarge(sizeText(most))
        : room.attachments.value.length >= mostFiles
          ? texts.tooMany
          : undefined;
    room.attachments.value = [...room.attachments.value, { key, file, progress: 0, ...(error ? { error } : {}) }];
    if (!error) begin(key, file);
  }
}

export function retryUpload(key: number): void {
  const one = room.attachments.value.find((a) => a.key === key);
  if (!one) return;
  room.attachments.value = room.attachments.value.map((a) => (a === one ? { key, file: a.file, progress: 0 } : a));
  begin(key, one.file);
}

/** Takes a file out of the next message. */
export function removeAttachment(key: number): void {
  uploads.get(key)?.abort();
  uploads.delete(key);
  room.attachments.value = room.attachments.value.filter((a) => a.key !== key);
}

function begin(key: number, file: File): void {
  const of = session.peek();
  const code = room.code.peek();
  const request = new XMLHttpRequest(); // fetch doesn't tell how far an upload is
  uploads.set(key, request);
  const patch = (change: Partial<Attachment>) => {
    if (session.peek() === of)
      room.attachments.value = room.attachments.value.map((a) => (a.key === key ? { ...a, ...change } : a));
  };
  request.upload.onprogress = (e) => e.lengthComputable && patch({ progress: e.loaded / e.total });
  request.onloadend = () => {
    uploads.delete(key);
    const { stored, error } = answerOf(request);
    patch(stored ? { stored, progress: 1 } : { error: error ?? fileTexts[language.value].failed });
  };
  request.open("POST", `${roomLink(code)}/files?name=${encodeURIComponent(file.name || "file")}`);
  const seat = storage.place(code)?.seat;
  if (seat) request.setRequestHeader("Snug-Seat", seat);
  if (token.peek()) request.setRequestHeader("Authorization", `Bearer ${token.peek()}`);
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.send(file);
}

function answerOf(request: XMLHttpRequest): { stored?: FileInfo | undefined; error?: string | undefined } {
  try {
    const answer = JSON.parse(request.responseText) as { files?: FileInfo[]; detail?: string };
    return request.status === 201 ? { stored: answer.files?.[0] } : { error: answer.detail };
  } catch {
    return {};
  }
}
