// Uploading the files that go with the next message.
import type { FileInfo } from "../../client.ts";
import { attached, attachedIn, attachIn, type Attachment } from "../attached.ts";
import { roomLink } from "../route.ts";
import { storage } from "../storage.ts";
import { store } from "../store.ts";
import { isolated, number, texts } from "../texts.ts";
import { fileTexts } from "../texts/files.ts";
import { smallerPhoto } from "./smaller.ts";
import { token } from "../token.ts";

const { room } = store;

/** How many files a message may have. */
export const mostFiles = 10;

/** How large a file is, for people. */
export const sizeText = (bytes: number): string =>
  isolated(
    bytes < 1024
      ? `${number(bytes)} B`
      : bytes < 1_048_576
        ? `${number(Math.round(bytes / 1024))} KiB`
        : `${number(Math.round(bytes / 104_857.6) / 10)} MiB`,
  );

const uploads = new Map<number, XMLHttpRequest>();
let last = 0;

/** What of an attachment is sent. */
export const chosenFile = (a: Attachment): File => (a.smaller && !a.original ? a.smaller : a.file);

/** Uploads files, large photos as smaller ones. What is too large, or too many, says so. */
export function upload(files: readonly File[]): void {
  for (const file of files) {
    const key = ++last;
    const code = room.code.peek();
    const before = attachedIn(code);
    const full = before.length >= mostFiles;
    const error = full ? { error: texts("files", fileTexts).tooMany } : {};
    attachIn(code, [...before, { key, file, progress: 0, ...error }]);
    if (!full) void prepare(key, file);
  }
}

async function prepare(key: number, file: File): Promise<void> {
  const smaller = await smallerPhoto(file);
  if (smaller) patch(key, { smaller });
  begin(key);
}

/** The room that an attachment is in, and all that are there. The user may have left it for another room. */
const find = (key: number) => [...attached.peek()].find(([, all]) => all.some((a) => a.key === key));

/** Replaces an attachment by others, if it is still there. */
function replace(key: number, by: (a: Attachment) => Attachment[]): void {
  const found = find(key);
  if (!found) return;
  const [code, all] = found;
  const now = all.flatMap((a) => (a.key === key ? by(a) : [a]));
  attachIn(code, now);
}

/** Changes an attachment, if it is still there. */
const patch = (key: number, change: Partial<Attachment>): void => replace(key, (a) => [described({ ...a, ...change })]);

/** Uploads a file that couldn't be uploaded before. */
export function retryUpload(key: number): void {
  begin(key);
}

/** Sends a photo as the user has chosen it, or made smaller. */
export function sendOriginal(key: number, original: boolean): void {
  patch(key, { original });
  begin(key);
}

/** Says what a file shows. */
export function describe(key: number, alt: string): void {
  patch(key, { alt });
}

/** Has the stored file say what it shows. */
function described(a: Attachment): Attachment {
  if (!a.stored) return a;
  const { alt: _, ...stored } = a.stored;
  const alt = a.alt?.trim();
  return { ...a, stored: alt ? { ...stored, alt } : stored };
}

/** Takes a file out of the next message. */
export function removeAttachment(key: number): void {
  cancel(key);
  replace(key, () => []);
}

function cancel(key: number): void {
  const request = uploads.get(key);
  uploads.delete(key);
  request?.abort();
}

/** Uploads what is chosen of an attachment, from the start. */
function begin(key: number): void {
  cancel(key);
  const found = find(key);
  if (!found) return;
  const [code, all] = found;
  const one = all.find((a) => a.key === key)!;
  const { stored: _, error: _error, ...rest } = { ...one, progress: 0 };
  replace(key, () => [rest]);
  const file = chosenFile(one);
  const f = texts("files", fileTexts);
  const most = room.limits.peek()?.file_bytes ?? Infinity; // unknown while a room is entered
  const error =
    file.size === 0
      ? f.empty
      : file.size > most
        ? f.tooLarge(sizeText(most))
        : all.filter((a) => a !== one && !a.error).length >= mostFiles
          ? f.tooMany
          : undefined;
  if (error) return patch(key, { error });
  const request = new XMLHttpRequest(); // fetch doesn't tell how far an upload is
  uploads.set(key, request);
  const isCurrent = () => uploads.get(key) === request; // no other attachment has the key
  request.upload.onprogress = (e) => {
    if (e.lengthComputable && isCurrent()) patch(key, { progress: e.loaded / e.total });
  };
  request.onloadend = () => {
    if (!isCurrent()) return;
    uploads.delete(key);
    const { stored, error } = answerOf(request);
    patch(key, stored ? { stored, progress: 1 } : { error: error ?? f.failed });
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
