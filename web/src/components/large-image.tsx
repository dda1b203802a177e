// An image shown large, and the way to the others of the room.
import { useEffect, useRef } from "preact/hooks";
import type { FileInfo } from "../../client.ts";
import { alongLine } from "../arrows.ts";
import { roomLink } from "../route.ts";
import { sizeText } from "../session/attachments.ts";
import { imageSize } from "../shown-images.ts";
import { shownFold, store } from "../store.ts";
import { isolated, number, texts } from "../texts.ts";
import { fileTexts } from "../texts/files.ts";
import { Icon } from "./icons.tsx";
import { Panel } from "./panel.tsx";

const f = () => texts("files", fileTexts);

export const urlOf = (file: FileInfo): string =>
  `${roomLink(store.room.code.value)}/files/${encodeURIComponent(file.id)}/${encodeURIComponent(file.name)}`;

/** What stands in place of an image for those who can't see it. */
export const altOf = (file: FileInfo): string => file.alt ?? f().image(file.name);

/** How far a finger moves sideways to see another image, in px. */
const swipe = 50;

/** The images of the loaded messages, oldest first. */
const images = (): FileInfo[] => {
  store.room.version.value;
  return shownFold().messages.flatMap((m) => m.files?.filter(imageSize) ?? []);
};

/** Where the image that is shown is among them; below 0 if it isn't. */
const indexIn = (all: readonly FileInfo[]): number => all.findIndex((i) => i.id === store.room.image.value?.id);

/** Shows the image that is so many later; there is none before the first and after the last one. */
function step(by: number): void {
  const all = images(); // as they are now: a key may come before what it follows is rendered
  const at = indexIn(all);
  const to = at < 0 ? undefined : all[Math.min(Math.max(at + by, 0), all.length - 1)];
  if (to) store.room.image.value = to;
}

function onKeyDown(e: KeyboardEvent): void {
  if (e.ctrlKey || e.metaKey || e.altKey || e.shiftKey) return;
  const by = { Home: -Infinity, End: Infinity }[e.key] ?? alongLine(e.key);
  if (by === 0) return;
  e.preventDefault();
  step(by);
}

/** An image, shown large. The arrow keys and a finger go to the one before and after it. */
export function LargeImage() {
  const file = store.room.image.value;
  const touched = useRef<{ x: number; y: number } | undefined>(undefined);
  const all = images();
  const at = indexIn(all);

  useEffect(() => {
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);

  if (!file) return null;
  const { width = 1, height = 1 } = file;
  return (
    <Panel title={file.name} name="large-image">
      <div
        class="stage"
        onTouchStart={({ touches: [one, two] }) => {
          touched.current = one && !two && visualViewport?.scale === 1 ? { x: one.clientX, y: one.clientY } : undefined;
        }}
        onTouchEnd={({ changedTouches: [one] }) => {
          const from = touched.current;
          touched.current = undefined;
          if (!from || !one) return;
          const [x, y] = [one.clientX - from.x, one.clientY - from.y];
          // The image follows the finger, and the next one is behind its end.
          if (Math.abs(x) > swipe && Math.abs(x) > 2 * Math.abs(y)) step(alongLine(x < 0 ? "ArrowRight" : "ArrowLeft"));
        }}
      >
        {/* It has its size before it is there. */}
        <img
          key={file.id}
          src={urlOf(file)}
          alt={altOf(file)}
          style={{
            aspectRatio: `${width} / ${height}`,
            width: `min(100%, ${width}px, (100dvh - 220px) * ${width / height})`,
          }}
        />
      </div>
      <div class="row">
        <Step to={f().previous} possible={at > 0} go={() => step(-1)} />
        <p class="about" role="status">
          {at < 0 ? altOf(file) : f().which(number(at + 1), number(all.length), isolated(file.alt ?? file.name))}
        </p>
        <Step to={f().next} forward possible={at >= 0 && at < all.length - 1} go={() => step(1)} />
      </div>
      <p>
        <a class="link" href={urlOf(file)} target="_blank" rel="noopener">
          {f().save}
        </a>{" "}
        <span class="hint">{sizeText(file.size)}</span>
      </p>
    </Panel>
  );
}

/** A button that stays where it is, and keeps the focus, when there is no further image. */
function Step(s: { to: string; forward?: boolean; possible: boolean; go: () => void }) {
  return (
    <button
      type="button"
      class={s.forward ? "plain forward" : "plain"}
      aria-label={s.to}
      title={s.to}
      aria-disabled={!s.possible}
      onClick={s.go}
    >
      <Icon name="back" />
    </button>
  );
}
