import { store } from "../store.ts";

/** Uploads files, to go with the next message. It reports whether there are any. */
export function attach(files: Iterable<File> | undefined): boolean {
  const all = [...(files ?? [])];
  if (all.length === 0 || !store.room.limits.peek()?.file_bytes) return false;
  void import("./later.tsx").then((m) => m.upload(all));
  return true;
}
