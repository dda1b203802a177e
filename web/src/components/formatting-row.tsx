// The row of buttons above the composer's field that format what is selected.
import type { RefObject } from "preact";
import { useState } from "preact/hooks";
import { alongLine } from "../arrows.ts";
import { formats, type Format } from "../formats.ts";
import { texts } from "../texts.ts";
import { composingTexts } from "../texts/composing.ts";
import { apply, keyOf } from "./formatting.ts";
import { Icon, type IconName } from "./later-icons.tsx";

const icons: Record<Format, IconName> = {
  bold: "bold",
  italic: "italic",
  strike: "strike",
  code: "code",
  block: "codeBlock",
  quote: "quote",
  list: "list",
  link: "link",
};

/** The Tab key stops at one of the buttons, and arrows go to the others. */
export function FormattingRow({ field }: { field: RefObject<HTMLTextAreaElement | null> }) {
  const c = texts("composing", composingTexts);
  const [stop, setStop] = useState(0);
  const onKeyDown = (e: KeyboardEvent & { currentTarget: HTMLElement }) => {
    const all = [...e.currentTarget.querySelectorAll("button")];
    const step = alongLine(e.key);
    const to = e.key === "Home" ? 0 : e.key === "End" ? -1 : stop + step;
    if (e.key === "Escape") field.current?.focus();
    else if (step || e.key === "Home" || e.key === "End") all.at(to % all.length)?.focus();
    else return;
    e.preventDefault();
    e.stopPropagation();
  };
  return (
    <div id="formatting" class="formatting" role="toolbar" aria-label={c.formatting} onKeyDown={onKeyDown}>
      {formats.map((of, i) => (
        <button
          type="button"
          class="plain"
          tabIndex={i === stop ? 0 : -1}
          aria-label={c.format[of]}
          aria-keyshortcuts={keyOf(of).aria}
          title={`${c.format[of]} (${keyOf(of).shown})`}
          onFocus={() => setStop(i)}
          onPointerDown={(e) => e.preventDefault()} // the field keeps the focus, and a phone its keyboard
          onClick={() => apply(field.current!, of)}
        >
          <Icon name={icons[of]} />
        </button>
      ))}
    </div>
  );
}
