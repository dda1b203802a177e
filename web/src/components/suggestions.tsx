// The suggestions above the composer.
import type { Suggestion } from "../completion.ts";
import { t, texts } from "../texts.ts";
import { composingTexts } from "../texts/composing.ts";
import { Face, RoleTag } from "./member-marks.tsx";

export function Suggestions({
  suggestions,
  current,
  accept,
}: {
  suggestions: readonly Suggestion[];
  current: Suggestion;
  accept: (o: Suggestion) => void;
}) {
  return (
    <ul class="suggestions" id="suggestions" role="listbox" aria-label={t().suggestions}>
      {suggestions.map((o, i) => (
        <li
          id={`suggestion-${i}`}
          role="option"
          class={o.person?.away ? "away" : ""}
          aria-selected={o === current}
          ref={o === current ? (row) => row?.scrollIntoView({ block: "nearest" }) : null}
          onPointerDown={(e) => {
            e.preventDefault();
            accept(o);
          }}
        >
          {o.emoji && <span class="emoji">{o.emoji}</span>}
          {o.person && <Face nick={o.person.nick} member={o.person.member} />}
          <bdi class="shown" translate={false}>
            {o.shown}
          </bdi>
          {o.person && <RoleTag of={o.person} />}
          {o.person?.away && <span class="help">{texts("composing", composingTexts).away}</span>}
          {o.usage && <span class="usage">{o.usage}</span>}
          {o.help && <span class="help">{o.help}</span>}
        </li>
      ))}
    </ul>
  );
}
