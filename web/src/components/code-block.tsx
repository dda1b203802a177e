// A block of code: its language, its colours, and a button that copies it.
import type { ComponentChild } from "preact";
import { useEffect, useState } from "preact/hooks";
import { copyText } from "../clipboard.ts";
import type { Piece } from "../code-colours.ts";
import { onDemand } from "../on-demand.ts";
import { t } from "../texts.ts";
import { Icon } from "./icons.tsx";

const colouring = onDemand(() => import("../code-colours.ts"));

export function CodeBlock({ text, language }: { text: string; language: string }) {
  const [copied, setCopied] = useState(false);
  const label = copied ? t().copied : t().copy;
  useEffect(() => {
    if (language) colouring.load();
  }, [language]);
  const name = /^\S*/.exec(language)![0];
  const pieces = name ? colouring.loaded.value?.colour(text, name) : undefined;
  return (
    <div class={language ? "code" : "code unnamed"}>
      <div class="bar">
        {language && (
          <span class="language" translate={false}>
            {language}
          </span>
        )}
        <button
          type="button"
          tabIndex={-1}
          aria-label={label}
          title={label}
          onClick={() => void copyText(text).then(setCopied)}
          onBlur={() => setCopied(false)}
        >
          <Icon name={copied ? "check" : "copy"} />
        </button>
      </div>
      <pre tabIndex={0} dir="ltr" translate={false}>
        <code>{pieces?.map(show) ?? text}</code>
      </pre>
    </div>
  );
}

function show(p: Piece): ComponentChild {
  return p.type === "text" ? p.value : <span class={p.scopes}>{p.inside.map(show)}</span>;
}
