import { barred, store } from "../store.ts";

const { room } = store;

/** Uploads files, to go with the next message. It reports whether there are any. */
export function attach(files: Iterable<File> | undefined): boolean {
  const all = [...(files ?? [])];
  if (all.length === 0 || !room.limits.peek()?.file_bytes) return false;
  void import("./later.tsx").then((m) => m.upload(all));
  return true;
}

/** Takes files that are dropped anywhere in the page as if that were on the composer. The browser never opens one in place of the page. Call it once. */
export function watchDrops(): void {
  let own = false; // whether the drag began in this page: browsers offer its images as files, and open none of them
  addEventListener("dragstart", ({ target }) => {
    own = true;
    target?.addEventListener("dragend", () => (own = false), { once: true }); // it may not be in the document by then
  });
  const accept = (e: DragEvent): DataTransfer | undefined => {
    if (own || e.defaultPrevented || !e.dataTransfer?.types.includes("Files")) return undefined;
    e.preventDefault();
    return e.dataTransfer;
  };
  addEventListener("dragover", (e) => {
    const data = accept(e);
    if (data) data.dropEffect = takesFiles() ? "copy" : "none";
  });
  addEventListener("drop", (e) => {
    const data = accept(e);
    if (takesFiles()) attach(data?.files);
  });
}

/** Whether the composer is there and takes files now. */
function takesFiles(): boolean {
  return !!room.limits.peek()?.file_bytes && !barred.peek() && room.composing.peek()?.is !== "edit";
}
