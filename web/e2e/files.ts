// Files that people send, for tests.
import { readFileSync } from "node:fs";
import { deflateSync } from "node:zlib";
import type { Visitor } from "./browser.ts";
import { until, type Server } from "./server.ts";

/** A file as one picks it. */
export interface Picked {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

/** A file of the folder samples, which the README there describes. */
export const sample = (name: string): Buffer => readFileSync(`e2e/samples/${name}`);

export function crc32(bytes: Buffer): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

export function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const frame = Buffer.alloc(8 + body.length);
  frame.writeUInt32BE(data.length, 0);
  body.copy(frame, 4);
  frame.writeUInt32BE(crc32(body), 4 + body.length);
  return frame;
}

/** A PNG image of one grey; with other claimed sizes, one whose header lies. */
export function png(width: number, height: number, grey = 0x66, claimed = { width, height }): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(claimed.width, 0);
  header.writeUInt32BE(claimed.height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(width * 3, grey)]);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: height }, () => row)));
  return Buffer.concat([
    Buffer.from("89504e470d0a1a0a", "hex"), pngChunk("IHDR", header), pngChunk("IDAT", pixels), pngChunk("IEND", Buffer.alloc(0)),
  ]);
}

/** The minutes of the latitude in `exif`, as they are in its bytes. */
export const latitude = Buffer.from("87d61200a0860100", "hex"); // 1234567/100000

/** A segment of a JPEG with Exif: an orientation, and a position. */
export function exif(orientation: number): Buffer {
  const tiff = Buffer.alloc(8 + 2 + 2 * 12 + 4 + 2 + 2 * 12 + 4 + 24);
  const entry = (at: number, tag: number, type: number, count: number, value: number) => {
    tiff.writeUInt16LE(tag, at);
    tiff.writeUInt16LE(type, at + 2);
    tiff.writeUInt32LE(count, at + 4);
    tiff.writeUInt32LE(value, at + 8);
  };
  tiff.write("II*\0", "latin1");
  tiff.writeUInt32LE(8, 4);
  tiff.writeUInt16LE(2, 8);
  entry(10, 0x0112, 3, 1, orientation);
  entry(22, 0x8825, 4, 1, 38); // where the directory with the position is
  tiff.writeUInt16LE(2, 38);
  entry(40, 1, 2, 2, "N".charCodeAt(0));
  entry(52, 2, 5, 3, 68);
  tiff.writeUInt32LE(48, 68);
  tiff.writeUInt32LE(1, 72);
  latitude.copy(tiff, 76);
  tiff.writeUInt32LE(1, 88);
  const content = Buffer.concat([Buffer.from("Exif\0\0", "latin1"), tiff]);
  return Buffer.concat([Buffer.from([0xff, 0xe1, (content.length + 2) >> 8, (content.length + 2) & 255]), content]);
}

/**
 * A photo as a camera makes it, that the browser of a visitor encodes: with an orientation and
 * a position, and with its left half red and its right half blue before it is turned.
 */
export async function photo(v: Visitor, width: number, height: number, orientation: number): Promise<Buffer> {
  const base64 = await v.page.evaluate(async ({ width, height }) => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext("2d")!;
    const image = context.createImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    for (let i = 0, noise = 1; i < pixels.length; i++) {
      noise = (noise * 1103515245 + 12345) & 0x7fffffff;
      const grain = (noise >> 16) & 0x1f;
      pixels[i] = (i % width < width / 2 ? 0xff0000c0 : 0xffc00000) + (grain << 8);
    }
    context.putImageData(image, 0, 0);
    const blob = await new Promise<Blob>((done) => canvas.toBlob((b) => done(b!), "image/jpeg", 0.95));
    const reader = new FileReader();
    await new Promise((done) => {
      reader.onload = done;
      reader.readAsDataURL(blob);
    });
    return (reader.result as string).split(",")[1]!;
  }, { width, height });
  const jpeg = Buffer.from(base64, "base64");
  return Buffer.concat([jpeg.subarray(0, 2), exif(orientation), jpeg.subarray(2)]);
}

/** An MP4 of at least so many bytes, whose index is at its end. */
export function video(bytes: number): Buffer {
  const small = sample("video.mp4");
  const index = small.indexOf("moov") - 4;
  const free = Buffer.alloc(bytes);
  free.writeUInt32BE(bytes, 0);
  free.write("free", 4);
  return Buffer.concat([small.subarray(0, index), free, small.subarray(index)]);
}

/** Chooses files for the next message. */
export const pick = (v: Visitor, ...files: Picked[]) => v.page.locator("input[type=file][multiple]").setInputFiles(files);

/** Waits until the files of the next message are uploaded, sends it, and waits until it is in the log. */
export async function sendFiles(v: Visitor, text: string): Promise<void> {
  await v.draft.fill(text);
  await v.page.getByRole("button", { name: "Send the message" }).click();
  await v.page.locator(".attachments").waitFor({ state: "detached" });
  await v.settled();
}

/** The addresses of the images that are in the page, from the top. */
export const imageURLs = (v: Visitor) => v.page.locator(".files img").evaluateAll((all) => all.map((i) => (i as HTMLImageElement).src));

/** Sends a message with an image, without a browser. */
export async function postImage(server: Server, room: string, content: string, name: string, bytes: Buffer, alt = ""): Promise<void> {
  const form = new FormData();
  form.set("content", content);
  form.set("file", new Blob([new Uint8Array(bytes)]), name);
  if (alt) form.set("alt", alt);
  const answer = await fetch(`${server.url}r/${room}`, { method: "POST", body: form });
  if (answer.status !== 201) throw new Error(`${answer.status}: ${await answer.text()}`);
}

export const bytesAt = async (url: string): Promise<Buffer> => Buffer.from(await (await fetch(url)).arrayBuffer());

/** The files that go with the next message. */
export const attached = (v: Visitor) => v.page.getByRole("list", { name: "Files of your message" });
export const uploaded = (v: Visitor) => until("all is uploaded", async () =>
  (await attached(v).locator("li").count()) > 0 && (await attached(v).locator("progress").count()) === 0);
