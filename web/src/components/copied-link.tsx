// A link to copy.
import { useState } from "preact/hooks";
import { copyText } from "../clipboard.ts";
import { t } from "../texts.ts";
import { Icon } from "./icons.tsx";

interface CopiedLinkProps {
  url: string;
  /** What the link is, for screen readers. */
  label: string;
  /** What the button copies, for screen readers. */
  copy: string;
}

/** Shows a link that can be selected, with a button that copies it and says so. */
export function CopiedLink({ url, label, copy }: CopiedLinkProps) {
  const [copied, setCopied] = useState<string>(); // the link that was copied: another one isn't
  const done = copied === url;
  return (
    <div class="row">
      <input readOnly value={url} aria-label={label} dir="ltr" onFocus={(e) => e.currentTarget.select()} />
      <button
        type="button"
        class="button strong"
        translate={false}
        aria-label={done ? t().copied : copy}
        onClick={() => void copyText(url).then((could) => setCopied(could ? url : undefined))}
      >
        <Icon name={done ? "check" : "copy"} /> {done ? t().copied : t().copy}
      </button>
      <span class="unseen" role="status">
        {done && t().copied}
      </span>
    </div>
  );
}
