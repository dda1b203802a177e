// Which files are shown as images, and how large.
import type { FileInfo } from "../client.ts";

/** The bounds of an image in a message, in pixels of the page. */
const mostWidth = 360;
const mostHeight = 300;
const smallest = 24;

/** The size of an image in a message; undefined for a file that isn't shown as one. */
export function imageSize({ type, width, height }: FileInfo): { width: number; height: number } | undefined {
  if (!type.startsWith("image/") || !width || !height) return undefined;
  const scale = Math.min(1, mostWidth / width, mostHeight / height);
  const shown = (side: number) => Math.max(smallest, Math.round(side * scale));
  return { width: shown(width), height: shown(height) };
}

/** How high the files of a message are about to be, in px. */
export const filesHeight = (files: readonly FileInfo[] = []): number =>
  files.reduce((sum, file) => sum + 6 + (imageSize(file)?.height ?? 26), 0);
