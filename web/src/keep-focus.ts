// Keeps the keyboard's place: when the element with the focus is removed, such as a row of a list or a notice, browsers
// leave the focus nowhere, and the next Tab begins anew.

/** What a Tab comes to. */
const reached = `:is(button, input, select, textarea):not(:disabled, [tabindex="-1"]), a[href], summary, [tabindex="0"]`;

/** Call it once. Who knows a better place for the focus puts it there when they remove the element. */
export function keepFocus(): void {
  const page = document.querySelector("#page")!;
  /** From the element with the focus up to the page, each with its place among its siblings; empty without a keyboard. */
  let way: { element: Element; index: number }[] = [];
  addEventListener("pointerdown", () => (way = []));
  addEventListener("focusin", ({ target }) => {
    way = [];
    if (!(target instanceof Element) || !target.matches(":focus-visible")) return;
    for (let e: Element | null = target; e && e !== page; e = e.parentElement)
      way.push({ element: e, index: [...(e.parentElement?.children ?? [])].indexOf(e) });
  });
  new MutationObserver(() => {
    if (way.length === 0 || way[0]!.element.isConnected) return;
    const was = way;
    way = [];
    if (document.activeElement !== document.body) return;
    for (const [i, { element }] of was.entries()) {
      const to = element.isConnected && nearby(element, was[i - 1]!.index);
      if (to) return to.focus({ preventScroll: true });
    }
  }).observe(page, { childList: true, subtree: true });
}

/** What a Tab comes to in an element, at or after the place of a child; else before it. */
function nearby(parent: Element, index: number): HTMLElement | undefined {
  const within = (e: Element) =>
    [e, ...e.querySelectorAll(reached)].filter(
      (f): f is HTMLElement => f instanceof HTMLElement && f.matches(reached) && f.checkVisibility(),
    );
  const children = [...parent.children];
  return children.slice(index).flatMap(within)[0] ?? children.slice(0, index).flatMap(within).at(-1);
}
