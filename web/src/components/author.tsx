// Who has written the message at the top of the view, where its run begins above it.
import type { RefObject } from "preact";
import { useState } from "preact/hooks";
import type { Row } from "../rows.ts";
import { rows } from "../store.ts";
import { time } from "../texts.ts";
import { Face, hue } from "./member-marks.tsx";
import { useScrolling } from "./use-scrolling.ts";
import type { VirtualList } from "./virtual-list.tsx";

/** How high the line with the sender is, in px. */
const header = 30;
/** How much this takes of the view, in px. */
const covered = 44;

/** Stays at the top of the list while a long message or run scrolls by. Screen readers have the sender in each message's name. */
export function Author({ list }: { list: RefObject<VirtualList<Row> | null> }) {
  const [row, setRow] = useState<Row & { is: "message" }>();
  const all = rows.value;
  useScrolling(() => setRow(inRun(list.current?.top)), [all, list]);
  if (!row) return null;
  const { nick, member } = row.message.from;
  return (
    <p class={`author ${hue(member)}`} aria-hidden="true">
      <Face nick={nick} member={member} />
      <bdi class="nick" translate={false}>
        {nick}
      </bdi>
      <time translate={false}>{time(row.message.at)}</time>
    </p>
  );
}

/** The message at the top, if it is somebody else's, its sender is named above the view, and its run goes on below this. */
function inRun(top: VirtualList<Row>["top"]): (Row & { is: "message" }) | undefined {
  if (top?.row.is !== "message" || top.row.own || (top.row.last && top.below < covered)) return undefined;
  return !top.row.first || top.above > header ? top.row : undefined;
}
