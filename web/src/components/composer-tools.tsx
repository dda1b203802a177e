// The buttons around the composer's field: to attach files, to format, and for emoji.
import type { RefObject } from "preact";
import { useRef } from "preact/hooks";
import { changeSettings } from "../change-settings.ts";
import { openMenu } from "../menu.ts";
import { upload } from "../session/attachments.ts";
import { store } from "../store.ts";
import { texts } from "../texts.ts";
import { composingTexts } from "../texts/composing.ts";
import { emojiTexts } from "../texts/emoji.ts";
import { fileTexts } from "../texts/files.ts";
import { touchOnly } from "../touch.ts";
import { FormattingRow } from "./formatting-row.tsx";
import { Icon, type IconName } from "./later-icons.tsx";

interface ComposerToolsProps {
  field: RefObject<HTMLTextAreaElement | null>;
  /** Whether files can be attached. */
  files: boolean;
}

/** On a phone there is no place for more buttons than two, and what formats is in the menu of `+`. */
export function ComposerTools({ field, files }: ComposerToolsProps) {
  const { formatting } = store.settings.value;
  return (
    <>
      {files && <AttachButton />}
      {!(files && touchOnly.matches) && <FormattingButton />}
      <EmojiButton field={field} />
      {formatting && <FormattingRow field={field} />}
    </>
  );
}

function FormattingButton() {
  const { formatting } = store.settings.value;
  return (
    <Tool
      label={texts("composing", composingTexts).formatting}
      icon="letters"
      expanded={!!formatting}
      onPointerDown={(e) => e.preventDefault()} // the field keeps the focus
      run={() => changeSettings({ formatting: !formatting })}
    />
  );
}

/** Chooses files, to go with the next message. Where there is a camera, it asks whether to take a photo. */
function AttachButton() {
  const f = texts("files", fileTexts);
  const [file, photo] = [useRef<HTMLInputElement>(null), useRef<HTMLInputElement>(null)];
  const camera = touchOnly.matches;
  const choose = (withCamera: boolean) => (withCamera ? photo : file).current!.click();
  const onChange = (e: { currentTarget: HTMLInputElement }) => {
    upload([...(e.currentTarget.files ?? [])]);
    e.currentTarget.value = "";
  };
  return (
    <>
      <input ref={file} type="file" hidden multiple onChange={onChange} />
      {camera && <input ref={photo} type="file" hidden accept="image/*" capture="environment" onChange={onChange} />}
      <Tool
        class="attach"
        label={camera ? f.add : f.attach}
        icon="plus"
        popup={camera ? "menu" : undefined}
        run={(at) => (camera ? openMenu({ is: "attach", at, choose }) : choose(false))}
      />
    </>
  );
}

/** Opens the emoji picker, or closes it. */
function EmojiButton({ field }: { field: RefObject<HTMLTextAreaElement | null> }) {
  const wasOpen = useRef(false); // the browser closes it before the click
  return (
    <Tool
      label={texts("emoji", emojiTexts).insert}
      icon="smile"
      popup="dialog"
      onPointerDown={() => {
        wasOpen.current = store.menu.peek()?.is === "emoji";
      }}
      run={() => {
        if (!wasOpen.current) openMenu({ is: "emoji", at: field.current! });
        wasOpen.current = false;
      }}
    />
  );
}

interface ToolProps {
  class?: string;
  label: string;
  icon: IconName;
  popup?: "menu" | "dialog" | undefined;
  /** Whether what it shows is shown. */
  expanded?: boolean;
  onPointerDown?: (e: Event) => void;
  run: (button: HTMLElement) => void;
}

function Tool({ label, icon, popup, expanded, run, ...others }: ToolProps) {
  return (
    <button
      type="button"
      {...others}
      class={`plain tool ${others.class ?? ""}`}
      aria-label={label}
      title={label}
      aria-haspopup={popup}
      aria-expanded={expanded}
      onClick={(e) => run(e.currentTarget)}
    >
      <Icon name={icon} />
    </button>
  );
}
