// A list of which only the rows near the view are in the page, so that a long log
// stays smooth. It is anchored: whatever is added above or below or changes its height,
// the row that the user reads stays where it is. At the end, the list stays at the end.
import { Component, createRef, options, type VNode } from "preact";
import { RowHeights } from "../row-heights.ts";

interface Props<R extends { key: string }> {
  /** Set to the list, so that its owner can call its methods. */
  self: { current: VirtualList<R> | null };
  rows: readonly R[];
  /** Renders a row. It is called once for each object. */
  row: (row: R) => VNode;
  guess: (row: R) => number;
  /** Whether a row stays while others come: only such a one can be the anchor. */
  stays: (row: R) => boolean;
  label: string;
  /** Whether further rows follow the last one: then the list doesn't stay at its end. */
  goesOn?: boolean;
  /** Called when the view is near the top, or near the bottom of rows that go on; and when it reaches or leaves the end. */
  onTop: () => void;
  onBottom?: () => void;
  onEnd: (atEnd: boolean) => void;
  onKeyDown?: (e: KeyboardEvent) => void;
}

/** How much is rendered above and below the view, in px… */
const beyond = 1200;
/** …and more is rendered when less than this is left. */
const atLeast = 400;
/** Space below the last row, in px. */
const foot = 6;
/** A view this near to the end counts as at the end, in px. */
const endWithin = 32;

export class VirtualList<R extends { key: string }> extends Component<Props<R>> {
  #scroller = createRef<HTMLDivElement>();
  #spacer = createRef<HTMLDivElement>();
  #window = createRef<HTMLOListElement>();
  #heights = new RowHeights<R>((row) => this.props.guess(row));
  #atEnd = true;
  #anchor: { key: string; below: number } | undefined; // a row, and how far below its top the view begins, in px
  #focused = false; // whether the focus was in a row before an update
  #at = 0; // the scroll position for which the anchor holds
  #from = 0;
  #to = 0;
  #resizes = new ResizeObserver(() => {
    this.#hold();
    this.#settle();
  });
  #observed = new Set<Element>();
  #shown = new WeakMap<R, VNode>(); // Preact doesn't compare a node that is the same object
  #expanded = false; // all rows are in the page
  #selected: { first: string; last: string } | undefined; // the keys of rows that a selection begins and ends in

  /** Goes to the end, and stays there. */
  toEnd(): void {
    this.#hold();
    this.#isAtEnd(true);
    this.forceUpdate();
  }

  /** Goes to a row, and puts it a third below the top of the view. It reports whether the row is there. */
  to(key: string): boolean {
    const scroller = this.#scroller.current;
    if (!scroller || this.#heights.index(key) === undefined) return false;
    this.#hold();
    this.#isAtEnd(false);
    this.#anchor = { key, below: -scroller.clientHeight / 3 };
    this.forceUpdate();
    return true;
  }

  /** The row at the top of the view, which one it is, and how much of it is above and below that, in px. */
  get top(): { row: R; index: number; above: number; below: number } | undefined {
    const top = this.#scroller.current?.scrollTop ?? 0;
    const index = this.#heights.at(top);
    const row = this.#heights.rows[index];
    const above = top - this.#heights.top(index);
    return row && { row, index, above, below: this.#heights.top(index + 1) - top };
  }

  /** The index of the last row that ends within the view; -1 if none does. */
  get bottom(): number {
    const bottom = (this.#scroller.current?.scrollTop ?? 0) + this.#height();
    const index = this.#heights.at(bottom);
    return this.#heights.top(index + 1) <= bottom ? index : index - 1;
  }

  /** Puts all rows into the page, at once, or again only those near the view. */
  expand(expanded: boolean): void {
    if (expanded === this.#expanded) return;
    this.#hold();
    this.#expanded = expanded;
    renderNow(() => this.forceUpdate());
  }

  get expanded(): boolean {
    return this.#expanded;
  }

  /** Selects all rows. */
  selectAll(): void {
    this.expand(true);
    if (this.#window.current) getSelection()?.selectAllChildren(this.#window.current);
  }

  /** The rows that the selection is in: all, if it reaches beyond both ends of the list. There are none where nothing in it is selected. */
  selection(): readonly R[] {
    const selection = getSelection();
    const win = this.#window.current;
    if (!selection || selection.isCollapsed || !win) return [];
    const range = selection.getRangeAt(0);
    if (!range.intersectsNode(win)) return [];
    const { rows } = this.#heights;
    const first = this.#indexOf(range.startContainer) ?? (win.contains(range.startContainer) ? this.#from : 0);
    const last =
      this.#indexOf(range.endContainer) ?? (win.contains(range.endContainer) ? this.#to - 1 : rows.length - 1);
    return rows.slice(first, last + 1);
  }

  #indexOf(node: Node): number | undefined {
    const element = node instanceof Element ? node : node.parentElement;
    const key = element?.closest<HTMLElement>("li[data-key]")?.dataset.key;
    return key === undefined ? undefined : this.#heights.index(key);
  }

  /** Notes which rows are selected: they stay in the page, or the browser would lose the selection. */
  #select = (): void => {
    const selection = getSelection();
    const win = this.#window.current;
    const within =
      selection && !selection.isCollapsed && win?.contains(selection.anchorNode) && win.contains(selection.focusNode);
    const ends = within
      ? [this.#indexOf(selection.anchorNode!), this.#indexOf(selection.focusNode!)].filter((i) => i !== undefined)
      : [];
    const { rows } = this.#heights;
    this.#selected =
      ends.length === 0 ? undefined : { first: rows[Math.min(...ends)]!.key, last: rows[Math.max(...ends)]!.key };
  };

  /** The row's element, if it is in the page. */
  element(key: string): HTMLElement | undefined {
    return [...(this.#window.current?.children ?? [])].find(
      (e): e is HTMLElement => e instanceof HTMLElement && e.dataset.key === key,
    );
  }

  override componentDidMount(): void {
    this.props.self.current = this;
    this.#resizes.observe(this.#scroller.current!);
    document.addEventListener("selectionchange", this.#select);
    this.#settle();
  }

  override componentWillUpdate(): void {
    this.#hold();
    this.#focused = this.#window.current?.contains(document.activeElement) ?? false;
  }
  override componentDidUpdate(): void {
    // The row that had the focus may have been removed. Keys have to go on working.
    if (this.#focused && document.activeElement === document.body)
      this.#scroller.current?.focus({ preventScroll: true });
    this.#settle();
  }
  override componentWillUnmount(): void {
    this.props.self.current = null;
    this.#resizes.disconnect();
    document.removeEventListener("selectionchange", this.#select);
  }

  #total(): number {
    return Math.ceil(this.#heights.total) + foot;
  }
  #height(): number {
    return this.#scroller.current?.clientHeight ?? 800;
  }

  /** The scroll position that the view should have. */
  #top(): number {
    const end = Math.max(0, this.#total() - this.#height());
    if (this.#atEnd || !this.#anchor) return end;
    const i = this.#heights.index(this.#anchor.key);
    if (i === undefined) return Math.min(this.#scroller.current?.scrollTop ?? end, end);
    return Math.min(Math.max(0, this.#heights.top(i) + this.#anchor.below), end);
  }

  /** Chooses the rows that should be in the page. */
  #choose(): void {
    const top = this.#top();
    this.#from = this.#heights.at(top - beyond);
    this.#to = this.#heights.at(top + this.#height() + beyond) + 1;
    if (this.#expanded) [this.#from, this.#to] = [0, this.#heights.rows.length];
    const first = this.#heights.index(this.#selected?.first ?? "");
    const last = this.#heights.index(this.#selected?.last ?? "");
    if (first !== undefined && last !== undefined) {
      this.#from = Math.min(this.#from, first);
      this.#to = Math.max(this.#to, last + 1);
    }
  }

  /** Measures the rows in the page, restores the scroll position, and renders more rows if there are too few. */
  #settle(): void {
    const [scroller, spacer, win] = [this.#scroller.current, this.#spacer.current, this.#window.current];
    if (!scroller || !spacer || !win) return;
    let news = false;
    for (const child of win.children) {
      if (!(child instanceof HTMLElement)) continue;
      if (!this.#observed.has(child)) {
        this.#observed.add(child);
        this.#resizes.observe(child);
      }
      news = this.#heights.measure(child.dataset.key!, child.getBoundingClientRect().height) || news;
    }
    for (const old of this.#observed) {
      if (old.isConnected) continue;
      this.#observed.delete(old);
      this.#resizes.unobserve(old);
    }
    if (news) this.#heights.done();
    const top = this.#top();
    spacer.style.height = `${this.#total()}px`;
    win.style.transform = `translateY(${this.#heights.top(Math.min(this.#from, this.#heights.rows.length))}px)`;
    if (Math.abs(scroller.scrollTop - top) >= 1) scroller.scrollTop = top;
    this.#at = scroller.scrollTop;
    if (!this.props.goesOn && top + this.#height() >= this.#total() - 1) this.#isAtEnd(true); // there may be no scroll event
    if (this.#short(top)) this.forceUpdate();
    else this.#nearEnds(top);
  }

  #nearEnds(top: number): void {
    if (top < 2 * beyond) this.props.onTop();
    if (this.props.goesOn && top + this.#height() > this.#total() - 2 * beyond) this.props.onBottom?.();
  }

  #isAtEnd(atEnd: boolean): void {
    if (atEnd === this.#atEnd) return;
    this.#atEnd = atEnd;
    this.props.onEnd(atEnd);
  }

  /** Whether too few rows are in the page for a view that begins at top. */
  #short(top: number): boolean {
    const above = this.#from > 0 && this.#heights.top(this.#from) > top - atLeast;
    const end = this.#heights.rows.length;
    const below = this.#to < end && this.#heights.top(Math.min(this.#to, end)) < top + this.#height() + atLeast;
    return above || below;
  }

  #scrolled = (): void => {
    this.#hold();
    if (this.#short(this.#at)) this.forceUpdate();
    else this.#nearEnds(this.#at);
  };

  /** Takes the place that the user has scrolled to as the new anchor. The scroll event may come later. */
  #hold(): void {
    const scroller = this.#scroller.current;
    if (!scroller || scroller.scrollTop === this.#at) return;
    const top = (this.#at = scroller.scrollTop);
    const { rows } = this.#heights;
    let i = this.#heights.at(top);
    while (i < rows.length && !this.props.stays(rows[i]!)) i++;
    // The first row may become lower once older ones are above it: the sender is named there. The next keeps its place.
    if (i + 1 < rows.length && this.props.stays(rows[i + 1]!) && this.#heights.top(i + 1) < top + scroller.clientHeight)
      i++;
    const row = rows[i];
    this.#anchor = row && { key: row.key, below: top - this.#heights.top(i) };
    // By the rows as they were laid: what has grown since is no reason to leave the end.
    this.#isAtEnd(!this.props.goesOn && top + scroller.clientHeight >= this.#total() - endWithin);
  }

  override render({ rows, row, label, onKeyDown }: Props<R>) {
    this.#heights.set(rows);
    this.#choose();
    return (
      <div
        class="scroller"
        ref={this.#scroller}
        onScroll={this.#scrolled}
        onKeyDown={onKeyDown}
        tabIndex={0}
        role="region"
        aria-label={label}
      >
        <div class="spacer" ref={this.#spacer}>
          <ol class="rows" ref={this.#window}>
            {rows.slice(this.#from, this.#to).map((r) => {
              let shown = this.#shown.get(r);
              if (!shown)
                this.#shown.set(
                  r,
                  (shown = (
                    <li key={r.key} data-key={r.key}>
                      {row(r)}
                    </li>
                  )),
                );
              return shown;
            })}
          </ol>
        </div>
      </div>
    );
  }
}

/** Renders what a function updates before it returns: a page is printed right after it was told. */
function renderNow(update: () => void): void {
  const before = options.debounceRendering;
  options.debounceRendering = (render) => render();
  update();
  if (before) options.debounceRendering = before;
  else delete options.debounceRendering;
}
