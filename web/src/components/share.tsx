// The room's link: to copy, to hand to the system's share sheet, as a QR code.
import { useEffect, useRef, useState } from "preact/hooks";
import { isLoopback } from "../code.ts";
import { roomLink } from "../route.ts";
import { store } from "../store.ts";
import { t } from "../texts.ts";
import { Icon } from "./icons.tsx";
import { Panel } from "./panel.tsx";

export function Share() {
  const link = roomLink(store.room.code.value);
  const field = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState(false);

  const copy = async () => {
    field.current!.select();
    try {
      await navigator.clipboard.writeText(link);
      setCopied(true);
    } catch {
      setCopied(document.execCommand("copy")); // on plain http there is no other way
    }
  };
  const hand = () => navigator.share({ title: `Snug: ${store.room.code.value}`, url: link }).catch(() => {}); // changing one's mind is no error

  return (
    <Panel title={t().shareTitle} name="share">
      <p class="hint">{t().shareHint}</p>
      {isLoopback(new URL(link).hostname) && <p class="hint here">{t().onlyHere}</p>}
      <QR text={link} />
      <p class="code" dir="auto">{store.room.code.value}</p>
      <div class="row">
        <input ref={field} readOnly value={link} aria-label={t().roomLink} dir="ltr" onFocus={(e) => e.currentTarget.select()} />
        <button type="button" class="button strong" onClick={() => void copy()}>
          <Icon name={copied ? "check" : "copy"} /> <span role="status">{copied ? t().copied : t().copy}</span>
        </button>
      </div>
      {"share" in navigator && <button type="button" class="button wide" onClick={() => void hand()}><Icon name="share" /> {t().shareMore}</button>}
    </Panel>
  );
}

function QR({ text }: { text: string }) {
  const [squares, setSquares] = useState<boolean[][]>([]);
  useEffect(() => {
    void import("uqr").then(({ encode }) => setSquares(encode(text, { border: 2 }).data));
  }, [text]);
  const path = squares.map((line, y) => line.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : "")).join("")).join("");
  return (
    <svg class="qr" viewBox={`0 0 ${squares.length || 33} ${squares.length || 33}`} role="img" aria-label={t().qr} shape-rendering="crispEdges">
      <path d={path} />
    </svg>
  );
}
