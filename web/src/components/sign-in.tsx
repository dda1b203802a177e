// Where users sign in, and why it didn't succeed.
import { roomCode } from "../route.ts";
import { texts } from "../texts.ts";
import { entryTexts } from "../texts/entry.ts";
import { signInFailure, signInServer } from "../token.ts";

const entry = () => texts("entry", entryTexts);

/** For a user who hasn't signed in; nothing where nobody can. */
export function SignIn() {
  if (!signInServer) return null;
  return (
    <>
      <SignInFailure />
      <SignInLink class="button wide" />
    </>
  );
}

/** Leads to the provider, and back to the room. A user whose account opens nothing is asked for another one. */
export function SignInLink(props: { class: string }) {
  const address = new URL("sign-in", signInServer);
  if (roomCode.value !== undefined) address.searchParams.set("room", roomCode.value);
  if (signInFailure.value === "forbidden") address.searchParams.set("prompt", "login");
  return (
    <a class={props.class} href={address.href}>
      {entry().signIn}
    </a>
  );
}

export function SignInFailure() {
  const failure = signInFailure.value;
  return failure ? (
    <p class="wrong" role="alert">
      {failureText(failure)}
    </p>
  ) : null;
}

function failureText(failure: string): string {
  switch (failure) {
    case "denied":
      return entry().signInDenied;
    case "stale":
      return entry().signInStale;
    case "clock":
      return entry().signInClock;
    case "unreachable":
      return entry().signInUnreachable;
    case "forbidden":
      return entry().signInForbidden;
    case "out":
      return entry().signOutFailed;
  }
  return entry().signInRefused;
}
