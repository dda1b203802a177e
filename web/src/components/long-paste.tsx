// Asks above the composer what becomes of a pasted text that is longer than a message may be.
import type { RefObject } from "preact";
import { useMemo } from "preact/hooks";
import { attachedIn } from "../attached.ts";
import { dropPaste, longest } from "../long-pastes.ts";
import { mostFiles, sizeText, upload } from "../session/attachments.ts";
import { store } from "../store.ts";
import { counted, number, t, texts } from "../texts.ts";
import { composingTexts } from "../texts/composing.ts";
import { fileTexts } from "../texts/files.ts";
import { Icon } from "./later-icons.tsx";
import { replaceRange } from "./use-draft.ts";

/** A longer text isn't pasted, as the page would become slow: so many times what a message may have, and so many characters. */
const mostPasted = { times: 4, characters: longest };

interface LongPasteProps {
  code: string;
  text: string;
  field: RefObject<HTMLTextAreaElement | null>;
  editing: boolean;
}

export function LongPaste({ code, text, field, editing }: LongPasteProps) {
  const { limits } = store.room;
  const c = texts("composing", composingTexts);
  const most = limits.value?.content_chars;
  const size = useMemo(() => characters(text), [text]);
  const file = useMemo(() => new File([text], c.pastedFile, { type: "text/plain" }), [text, c]);
  const mostBytes = editing ? 0 : (limits.value?.file_bytes ?? 0);
  const tooLarge = mostBytes > 0 && file.size > mostBytes;
  const canPaste = most !== undefined && text.length <= Math.min(most * mostPasted.times, mostPasted.characters);

  const done = (then?: () => void) => {
    dropPaste(code);
    field.current?.focus();
    then?.();
  };
  const paste = () => {
    const { selectionStart, selectionEnd } = field.current!;
    replaceRange(field.current!, selectionStart, selectionEnd, text);
  };
  return (
    <div
      class="long-paste"
      role="group"
      aria-labelledby="long-paste"
      onKeyDown={(e) => {
        if (e.key !== "Escape") return;
        e.stopPropagation();
        done();
      }}
    >
      <Icon name="file" />
      <p id="long-paste" role="alert" translate={false}>
        {counted(c.longPaste, size, most === undefined || size <= most ? "" : number(most))}
        {tooLarge && ` ${texts("files", fileTexts).tooLarge(sizeText(mostBytes))}`}
      </p>
      {mostBytes > 0 && !tooLarge && attachedIn(code).length < mostFiles && (
        <button type="button" class="button strong" onClick={() => done(() => upload([file]))}>
          {c.attachIt}
        </button>
      )}
      {canPaste && (
        <button type="button" class="button" onClick={() => done(paste)}>
          {c.pasteIt}
        </button>
      )}
      <button type="button" class="plain" aria-label={t().cancel} title={t().cancel} onClick={() => done()}>
        <Icon name="close" />
      </button>
    </div>
  );
}

/** How many characters a text has, as the server counts them. */
function characters(text: string): number {
  let n = 0;
  for (const _ of text) n++;
  return n;
}
