// Makes large photos smaller before they are uploaded.

/** A photo within both bounds goes as it is: its longer side in pixels, and its bytes. */
const mostPixels = 2560;
const mostBytes = 2 << 20;
/** A file below this isn't looked at, in bytes. */
const smallBytes = 512 << 10;
const quality = 0.85;

/** What a photo becomes, by what its bytes are. */
const becomes = { jpeg: "image/jpeg", heic: "image/jpeg", webp: "image/webp", avif: "image/webp" } as const;

let queue: Promise<unknown> = Promise.resolve();

/**
 * Returns a smaller copy of a large photo: upright, without position and other metadata.
 * It returns undefined for everything that should go as it is, because it isn't a photo, is
 * animated or small, can't be decoded, or wouldn't become smaller. It makes one at a time: a
 * decoded photo takes 4 bytes a pixel.
 */
export function smallerPhoto(file: File): Promise<File | undefined> {
  const one = queue.then(() => make(file).catch(() => undefined));
  queue = one;
  return one;
}

async function make(file: File): Promise<File | undefined> {
  if (file.size < smallBytes || !canvasIsReadable()) return undefined;
  const kind = photoKind(new Uint8Array(await file.slice(0, 64).arrayBuffer()));
  if (!kind) return undefined;
  const photo = await createImageBitmap(file, { imageOrientation: "from-image" });
  try {
    const scale = Math.min(1, mostPixels / Math.max(photo.width, photo.height));
    if (scale === 1 && file.size <= mostBytes) return undefined;
    const blob = await encoded(photo, scale, becomes[kind]);
    if (blob?.type !== becomes[kind] || blob.size >= file.size) return undefined; // Safari encodes no WebP
    const extension = blob.type === "image/jpeg" ? (kind === "jpeg" ? "" : ".jpg") : kind === "webp" ? "" : ".webp";
    const name = extension ? file.name.replace(/\.[^.]*$/, "") + extension : file.name;
    return new File([blob], name, { type: blob.type });
  } finally {
    photo.close();
  }
}

function encoded(photo: ImageBitmap, scale: number, type: string): Promise<Blob | null> {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(photo.width * scale));
  canvas.height = Math.max(1, Math.round(photo.height * scale));
  const context = canvas.getContext("2d")!;
  context.imageSmoothingQuality = "high";
  context.drawImage(photo, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, type, quality));
}

/** What kind of photo begins with these bytes; undefined for anything else, and for what is animated. */
export function photoKind(head: Uint8Array): keyof typeof becomes | undefined {
  const text = String.fromCharCode(...head);
  if (text.startsWith("\xff\xd8\xff")) return "jpeg";
  if (text.startsWith("RIFF") && text.startsWith("WEBP", 8)) {
    const animated = text.startsWith("VP8X", 12) && (head[20]! & 2) !== 0;
    return animated ? undefined : "webp";
  }
  if (!text.startsWith("ftyp", 4)) return undefined;
  const brands = text.slice(8, new DataView(head.buffer, head.byteOffset).getUint32(0)); // ISO/IEC 14496-12, section 4.3
  if (/avis|msf1|hevc/.test(brands)) return undefined; // sequences of images
  if (brands.includes("avif")) return "avif";
  return /hei[cx]|mif1/.test(brands) ? "heic" : undefined;
}

/** Whether a canvas has what was drawn. Browsers that guard against fingerprinting return noise. */
function canvasIsReadable(): boolean {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d");
  if (!context) return false;
  context.fillStyle = "#639";
  context.fillRect(0, 0, 1, 1);
  const [r, g, b] = context.getImageData(0, 0, 1, 1).data;
  const near = (a: number | undefined, b: number) => Math.abs(a! - b) < 9;
  return near(r, 0x66) && near(g, 0x33) && near(b, 0x99);
}
