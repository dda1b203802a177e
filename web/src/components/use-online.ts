import { useEffect, useState } from "preact/hooks";

/** Whether the browser believes that it has a network. */
export function useOnline(): boolean {
  const [online, setOnline] = useState(navigator.onLine);
  useEffect(() => {
    const note = () => setOnline(navigator.onLine);
    for (const event of ["online", "offline"]) addEventListener(event, note);
    return () => {
      for (const event of ["online", "offline"]) removeEventListener(event, note);
    };
  }, []);
  return online;
}
