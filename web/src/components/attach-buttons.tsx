// The buttons with which files and photos are chosen, to go with the next message.
import { useRef } from "preact/hooks";
import { upload } from "../session/attachments.ts";
import { language } from "../texts.ts";
import { fileTexts } from "../texts/files.ts";
import { Icon, type IconName } from "./later-icons.tsx";

/** camera: whether this device is one that people take photos with. */
export function AttachButtons({ disabled, camera }: { disabled: boolean; camera: boolean }) {
  const f = fileTexts[language.value];
  return (
    <>
      <Choose label={f.attach} icon="plus" disabled={disabled} kind={{ multiple: true }} />
      {camera && (
        <Choose
          label={f.camera}
          icon="camera"
          disabled={disabled}
          kind={{ accept: "image/*", capture: "environment" }}
        />
      )}
    </>
  );
}

interface Choice {
  label: string;
  icon: IconName;
  disabled: boolean;
  /** The attributes of the input. */
  kind: { multiple?: boolean; accept?: string; capture?: "environment" };
}

function Choose({ label, icon, disabled, kind }: Choice) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        {...kind}
        onChange={(e) => {
          upload([...(e.currentTarget.files ?? [])]);
          e.currentTarget.value = "";
        }}
      />
      <button
        type="button"
        class="plain attach"
        aria-label={label}
        title={label}
        disabled={disabled}
        onClick={() => input.current!.click()}
      >
        <Icon name={icon} />
      </button>
    </>
  );
}
