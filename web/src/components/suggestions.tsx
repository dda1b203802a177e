// The suggestions above the composer.
import type { Suggestion } from "../completion.ts";
import { t } from "../texts.ts";

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
          aria-selected={o === current}
          ref={o === current ? (row) => row?.scrollIntoView({ block: "nearest" }) : null}
          onPointerDown={(e) => {
            e.preventDefault();
            accept(o);
          }}
        >
          {o.emoji && <span class="emoji">{o.emoji}</span>}
          <bdi class="shown">{o.shown}</bdi>
          {o.usage && <span class="usage">{o.usage}</span>}
          {o.help && <span class="help">{o.help}</span>}
        </li>
      ))}
    </ul>
  );
}
