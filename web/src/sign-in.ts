// The session of a user who has signed in at the server's provider: it is exchanged for tokens, and ended.
import { effect, untracked } from "@preact/signals";
import { base } from "./base.ts";
import { store } from "./store.ts";
import { texts } from "./texts.ts";
import { entryTexts } from "./texts/entry.ts";
import { claimsOf, mustSignIn, signInFailure, signInServer, token } from "./token.ts";

/** How long an answer is waited for, and how long until the server is asked again after none, in ms. */
const answerWithin = 5_000;
const askAgainAfter = 10_000;

/** When the token ends, by this clock. */
let end = 0;
let timer: ReturnType<typeof setTimeout>;

/** Gets a token, and renews it in time. It resolves once the server has said whether there is one, or is away. */
export async function watchSession(): Promise<void> {
  await exchange();
  effect(() => {
    const now = store.room.state.value;
    // Timers stop while a computer sleeps.
    if (now.is === "ended" && now.why.code === "bad-token" && Date.now() >= end) untracked(() => void exchange());
  });
}

const request = (what: string): Promise<Response> =>
  fetch(new URL(`sign-in/${what}`, base), {
    method: "POST",
    cache: "no-store",
    signal: AbortSignal.timeout(answerWithin),
  });

/** Exchanges the session for a token. Without a session, the token that is there stays until it ends. */
async function exchange(): Promise<void> {
  clearTimeout(timer);
  let wait = askAgainAfter;
  try {
    const answer = await request("token");
    switch (answer.status) {
      case 200: {
        const { token: fresh, token_ms } = (await answer.json()) as { token: string; token_ms: number };
        const before = token.peek();
        if (before && claimsOf(before).sub !== claimsOf(fresh).sub) return location.reload(); // another tab's user is another
        end = Date.now() + token_ms;
        mustSignIn.value = false;
        token.value = fresh;
        wait = 0.75 * token_ms;
        break;
      }
      case 204: // guests may come in, but nobody becomes one unasked
        mustSignIn.value = token.peek() !== undefined;
        return;
      case 401:
      case 403:
        if (answer.status === 403) signInFailure.value = "forbidden";
        mustSignIn.value = true;
        return;
    }
  } catch {
    // There is no answer. Without a network, the page shows what it has.
  }
  timer = setTimeout(() => void exchange(), wait);
}

/** Ends the session, where there are any. It resolves to false, and says so, if the server can't be told. */
export async function endSession(): Promise<boolean> {
  if (!signInServer) return true;
  const ended = await request("out").then(
    (answer) => answer.ok,
    () => false,
  );
  if (!ended) {
    signInFailure.value = "out";
    store.room.error.value = texts("entry", entryTexts).signOutFailed;
  }
  return ended;
}
