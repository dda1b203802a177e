import type { ComponentType, VNode } from "preact";
import { useEffect, useState } from "preact/hooks";

/** Shows a component that isn't part of the first load, once it is loaded. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): (props: P) => VNode | null {
  return function Lazy(props) {
    const [Loaded, setLoaded] = useState<ComponentType<P>>();
    useEffect(() => void load().then((c) => setLoaded(() => c)), []);
    return Loaded ? <Loaded {...props} /> : null;
  };
}
