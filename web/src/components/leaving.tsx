// The user's other devices, and what this browser has stored.
import { useState } from "preact/hooks";
import type { Transfer } from "../../client.ts";
import { confirm, transfer } from "../actions.ts";
import { embedded } from "../embedded.ts";
import { store } from "../store.ts";
import { number, texts } from "../texts.ts";
import { lifeTexts } from "../texts/life.ts";
import { CopiedLink } from "./copied-link.tsx";
import { QR } from "./qr.tsx";
import { useReachable } from "./reachable.ts";
import { useNow } from "./use-now.ts";

const l = () => texts("life", lifeTexts);

/** How long a code works, in ms: docs/protocol.md. This clock may not be the server's, so it is counted from the answer. */
const worksFor = 2 * 60_000;

/** Makes another device the same member. */
export function Device() {
  const [code, setCode] = useState<Transfer & { end: number }>();
  const [wrong, setWrong] = useState<string>();
  const now = useNow(code !== undefined);
  const ask = async () => {
    const got = await transfer();
    setWrong(typeof got === "string" ? got : undefined);
    setCode(typeof got === "string" ? undefined : { ...got, end: Date.now() + worksFor });
  };
  const reachable = useReachable();
  const url = code && reachable(code.url);
  const left = code ? Math.max(0, Math.ceil((code.end - now) / 1000)) : 0;
  return (
    <fieldset>
      <legend>{l().device}</legend>
      <p class="hint">{code && left > 0 ? l().deviceOpen : l().deviceHint}</p>
      {wrong && (
        <p class="wrong" role="alert">
          {wrong}
        </p>
      )}
      {url && left > 0 && (
        <>
          <QR text={url} label={l().deviceQR} />
          <CopiedLink url={url} label={l().deviceLink} copy={l().copyDevice} />
        </>
      )}
      {code && (
        <p class="hint" aria-live="off">
          {l().deviceEnds(left > 0 ? number(left) : "")}
        </p>
      )}
      {left === 0 && (
        <button type="button" class="button wide" onClick={() => void ask()}>
          {l().deviceDo}
        </button>
      )}
    </fieldset>
  );
}

export function Leaving() {
  return (
    <fieldset>
      <legend>{l().leaving}</legend>
      {store.room.code.value !== "" && !embedded && (
        <button type="button" class="button wide" onClick={() => confirm({ is: "forget" })}>
          {l().forgetAsk}
        </button>
      )}
      <button type="button" class="button wide" onClick={() => confirm({ is: "signOut" })}>
        {l().signOutAsk}
      </button>
    </fieldset>
  );
}
