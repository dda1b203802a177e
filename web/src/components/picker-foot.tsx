// Below the emoji: the name of the one that is pointed at, and the choice of the skin tone.
import type { Signal } from "@preact/signals";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { changeSettings } from "../change-settings.ts";
import { emojiTable, tones, withTone, type Tone } from "../emoji-table.ts";
import { store } from "../store.ts";
import { language, texts } from "../texts.ts";
import { emojiTexts } from "../texts/emoji.ts";

/** The hand that shows a tone. */
const hand = (tone: Tone): string => withTone({ emoji: "✋", hasTones: true }, tone);

interface PickerFootProps {
  /** What is pointed at. */
  shown: Signal<string | undefined>;
  /** What Enter takes otherwise. */
  first: string | undefined;
  /** What is said if there is neither. */
  hint: string | undefined;
}

export function PickerFoot(props: PickerFootProps) {
  const [choosing, setChoosing] = useState(false);
  return (
    <div class="foot" translate={false}>
      {!choosing && <Name {...props} />}
      <ToneChoice choosing={choosing} setChoosing={setChoosing} />
    </div>
  );
}

/** Screen readers know the names of emoji themselves. */
function Name({ shown, first, hint }: PickerFootProps) {
  const emoji = shown.value ?? first;
  const about = emoji === undefined ? undefined : emojiTable.loaded.value?.about(emoji);
  return (
    <p class="emoji-name" aria-hidden="true">
      {emoji ? (
        <>
          <span class="emoji">{emoji}</span>
          <span class="what">
            <span>{(language.value === "zh" && about?.label.zh) || about?.label.en}</span>
            {about && <span class="name">:{about.names[0]}:</span>}
          </span>
        </>
      ) : (
        <span class="what">{hint}</span>
      )}
    </p>
  );
}

function ToneChoice({ choosing, setChoosing }: { choosing: boolean; setChoosing: (now: boolean) => void }) {
  const e = texts("emoji", emojiTexts);
  const tone = store.settings.value.tone ?? 0;
  const box = useRef<HTMLDivElement>(null);
  const moved = useRef(false);
  useLayoutEffect(() => {
    if (moved.current) box.current!.querySelector<HTMLElement>("[aria-checked=true], [aria-expanded]")?.focus();
    moved.current = true;
  }, [choosing]);
  const choose = (of: Tone) => {
    changeSettings({ tone: of });
    setChoosing(false);
  };
  return (
    <div class="tones" ref={box}>
      {choosing ? (
        <div
          role="radiogroup"
          aria-label={e.tone}
          data-row="tones"
          onKeyDown={(event) => {
            if (event.key !== "Escape") return;
            event.preventDefault(); // the picker stays
            event.stopPropagation();
            setChoosing(false);
          }}
        >
          {tones.map((of) => (
            <button
              key={of}
              type="button"
              role="radio"
              tabIndex={-1}
              aria-checked={of === tone}
              aria-label={e.tones[of]}
              title={e.tones[of]}
              onClick={() => choose(of)}
            >
              {hand(of)}
            </button>
          ))}
        </div>
      ) : (
        <button
          type="button"
          tabIndex={-1}
          aria-expanded={false}
          aria-label={e.inTone(e.tones[tone]!)}
          title={e.inTone(e.tones[tone]!)}
          onClick={() => setChoosing(true)}
        >
          {hand(tone)}
        </button>
      )}
    </div>
  );
}
