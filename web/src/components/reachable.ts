// Links that others can open, also where the user has the page from their own machine.
import { useEffect, useState } from "preact/hooks";
import { isLoopback } from "../code.ts";
import { base } from "../route.ts";

/** Returns what makes a link of this server's one that works on the local network, if it works on this machine only and the address there is known. */
export function useReachable(): (link: string) => string {
  const [host, setHost] = useState<string>();
  const local = isLoopback(base.hostname);
  useEffect(() => {
    if (!local) return;
    void fetch(new URL("lan.json", base))
      .then((r) => r.json() as Promise<{ host?: string }>)
      .then(
        (answer) => setHost(answer.host),
        () => {},
      );
  }, [local]);
  return (link) => (host ? link.replace(base.host, host) : link);
}
