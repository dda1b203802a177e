import { useEffect, useState } from "preact/hooks";
import { base } from "../route.ts";
import { useOnline } from "./use-online.ts";

/** How long an answer is waited for, in ms. */
const answerWithin = 5000;
/** How long after a failure the server is asked again, in ms. */
const again = 5000;

/** What a proxy says whose server is away. */
const ofProxies: readonly number[] = [502, 503, 504];

async function answers(): Promise<boolean> {
  try {
    const answer = await fetch(base, {
      method: "HEAD",
      cache: "no-store",
      signal: AbortSignal.timeout(answerWithin),
    });
    return !ofProxies.includes(answer.status);
  } catch {
    return false;
  }
}

/**
 * What is away, as far as it is known: the browser's network, or the server. That is asked when the page comes
 * into view, and again until it answers; `ask` asks it now.
 */
export function useAway(): { away: "network" | "server" | undefined; ask: () => void } {
  const online = useOnline();
  const [server, setServer] = useState({ away: false, asked: 0 });
  const ask = () => setServer((s) => ({ ...s, asked: s.asked + 1 }));
  useEffect(() => {
    const look = () => document.visibilityState === "visible" && ask();
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    void answers().then((there) => {
      if (over) return;
      setServer((s) => ({ ...s, away: !there }));
      if (!there) timer = setTimeout(() => document.visibilityState === "visible" && ask(), again);
    });
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [online, server.asked]);
  return { away: !online ? "network" : server.away ? "server" : undefined, ask };
}
