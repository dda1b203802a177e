// What the main flow needs of a browser: one window that a person uses. There is an
// implementation for each engine: chromium.ts, firefox.ts, webkit.ts.

export interface WindowOptions {
  /** The person prefers dark colours. */
  dark?: boolean;
}

/** A window of a browser with a new profile. */
export interface Window {
  goto(url: string): Promise<void>;
  reload(): Promise<void>;
  /** Calls a function in the page and waits for its result. It sees nothing but its argument; that and the result are JSON. */
  call<A, R>(f: (arg: A) => R | Promise<R>, arg: A): Promise<R>;
  /** Presses the keys of a text, one after another; "\n" is Enter. */
  type(text: string): Promise<void>;
  /** Clicks at a place of the page's viewport, in CSS px. */
  click(x: number, y: number): Promise<void>;
  /** Gives the page about this size, in CSS px: as near as the window system allows. */
  resize(width: number, height: number): Promise<void>;
  /** A picture of what the window shows, as PNG. */
  screenshot(): Promise<Buffer>;
  /** Closes the window and ends its browser. */
  close(): Promise<void>;
}

export interface Engine {
  name: string;
  /** Why this machine can't run it, if it can't. */
  missing: string | undefined;
  open(options?: WindowOptions): Promise<Window>;
}
