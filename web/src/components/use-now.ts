import { useEffect, useState } from "preact/hooks";

/** The time in ms since 1970. While it is wanted, it is updated twice a second. */
export function useNow(wanted: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!wanted) return;
    setNow(Date.now());
    const each = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(each);
  }, [wanted]);
  return now;
}
