// Firefox, by WebDriver BiDi (https://w3c.github.io/webdriver-bidi/).
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import WebSocket from "ws";
import { installed, Program } from "./programs.ts";
import type { Engine, Window } from "./window.ts";

/** The keys that aren't characters, as WebDriver writes them. */
const enterKey = "\uE006";

/** A BiDi session: commands and their answers. Events aren't subscribed to. */
class Session {
  #last = 0;
  #waiting = new Map<number, { resolve: (result: never) => void; reject: (why: Error) => void }>();

  private constructor(readonly socket: WebSocket) {
    socket.on("message", (data) => {
      const { type, id, result, error, message } = JSON.parse(data.toString()) as { type: string; id: number; result: never; error: string; message: string };
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (type === "success") waiting?.resolve(result);
      else waiting?.reject(new Error(`${error}: ${message}`));
    });
    socket.on("close", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("the browser has gone"));
    });
  }

  static async open(url: string): Promise<Session> {
    const socket = new WebSocket(url);
    await new Promise<void>((opened, failed) => {
      socket.once("open", opened);
      socket.once("error", failed);
    });
    const session = new Session(socket);
    await session.send("session.new", { capabilities: {} });
    return session;
  }

  send<R>(method: string, params: object): Promise<R> {
    const id = ++this.#last;
    return new Promise<R>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.socket.send(JSON.stringify({ id, method, params }));
    });
  }
}

class FirefoxWindow implements Window {
  constructor(readonly program: Program, readonly session: Session, readonly context: string) {}

  /** The pages in the window's frames, in the order in which these were made. */
  async frames(): Promise<Window[]> {
    const { contexts } = await this.session.send<{ contexts: { children: { context: string }[] }[] }>("browsingContext.getTree", { root: this.context, maxDepth: 1 });
    return contexts[0]!.children.map(({ context }) => new FirefoxWindow(this.program, this.session, context));
  }

  async goto(url: string): Promise<void> { await this.session.send("browsingContext.navigate", { context: this.context, url, wait: "complete" }); }
  async reload(): Promise<void> { await this.session.send("browsingContext.reload", { context: this.context, wait: "complete" }); }

  async call<A, R>(f: (arg: A) => R | Promise<R>, arg: A): Promise<R> {
    const answer = await this.session.send<{ type: string; result: { value: string }; exceptionDetails: { text: string } }>("script.callFunction", {
      functionDeclaration: `async (arg) => JSON.stringify({ value: await (${f.toString()})(JSON.parse(arg).value) })`,
      arguments: [{ type: "string", value: JSON.stringify({ value: arg }) }],
      target: { context: this.context },
      awaitPromise: true,
    });
    if (answer.type !== "success") throw new Error(answer.exceptionDetails.text);
    return (JSON.parse(answer.result.value) as { value: R }).value;
  }

  async type(text: string): Promise<void> {
    const actions = [...text].flatMap((c) => ["keyDown", "keyUp"].map((type) => ({ type, value: c === "\n" ? enterKey : c })));
    await this.session.send("input.performActions", { context: this.context, actions: [{ type: "key", id: "keyboard", actions }] });
  }

  async click(x: number, y: number): Promise<void> {
    const actions = [{ type: "pointerMove", x: Math.round(x), y: Math.round(y) }, { type: "pointerDown", button: 0 }, { type: "pointerUp", button: 0 }];
    await this.session.send("input.performActions", { context: this.context, actions: [{ type: "pointer", id: "mouse", actions }] });
  }

  async resize(width: number, height: number): Promise<void> {
    await this.session.send("browsingContext.setViewport", { context: this.context, viewport: { width, height } });
  }

  async screenshot(): Promise<Buffer> {
    const { data } = await this.session.send<{ data: string }>("browsingContext.captureScreenshot", { context: this.context });
    return Buffer.from(data, "base64");
  }

  async close(): Promise<void> {
    this.session.socket.terminate();
    await this.program.end();
  }
}

const program = installed("firefox-esr", "firefox");

export const firefox: Engine = {
  name: "Firefox",
  missing: program ? undefined : "Firefox is not installed",
  open: ({ dark = false } = {}) => openFirefox({ "layout.css.prefers-color-scheme.content-override": dark ? 0 : 1 }),
};

/** Opens a window of a Firefox with preferences, by name. */
export async function openFirefox(preferences: Readonly<Record<string, unknown>>): Promise<FirefoxWindow> {
  const browser = Program.start(program!, (home) => {
    const all = { "intl.locale.requested": "en-GB", "intl.accept_languages": "en-GB", ...preferences };
    writeFileSync(join(home, "user.js"), Object.entries(all).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`).join(""));
    return ["--headless", "--no-remote", "--remote-debugging-port=0", "--profile", home];
  }, { MOZ_HEADLESS_WIDTH: "1100", MOZ_HEADLESS_HEIGHT: "900" });
  try {
    const [, url] = await browser.says(/WebDriver BiDi listening on (ws:\S+)/);
    const session = await Session.open(`${url}/session`);
    const { contexts } = await session.send<{ contexts: { context: string }[] }>("browsingContext.getTree", { maxDepth: 0 });
    const window = new FirefoxWindow(browser, session, contexts[0]!.context);
    await window.resize(1100, 750);
    return window;
  } catch (e) {
    await browser.end();
    throw e;
  }
}
