// WebKitGTK's MiniBrowser on a virtual display, by WebDriver (https://www.w3.org/TR/webdriver2/).
import { freePort } from "../server.ts";
import { installed, Program } from "./programs.ts";
import type { Engine, Window } from "./window.ts";

/** The keys that aren't characters, as WebDriver writes them. */
const enterKey = "\uE006";

/** Sends a WebDriver command and returns its value. */
async function command<R>(method: string, url: string, body?: object): Promise<R> {
  const answer = await fetch(url, { method, ...(body && { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }) });
  const { value } = await answer.json() as { value: R & { error?: string; message?: string } };
  if (!answer.ok) throw new Error(`${method} ${url}: ${value?.error}: ${value?.message}`);
  return value;
}

class WebKitWindow implements Window {
  /** programs are ended in their order. */
  constructor(readonly programs: Program[], readonly session: string) {}

  async goto(url: string): Promise<void> { await command("POST", `${this.session}/url`, { url }); }
  async reload(): Promise<void> { await command("POST", `${this.session}/refresh`, {}); }

  async call<A, R>(f: (arg: A) => R | Promise<R>, arg: A): Promise<R> {
    const answer = await command<string>("POST", `${this.session}/execute/async`, {
      script: `const done = arguments[1];
        (async () => JSON.stringify({ value: await (${f.toString()})(JSON.parse(arguments[0]).value) }))().then(done, (e) => done(JSON.stringify({ error: String(e) })));`,
      args: [JSON.stringify({ value: arg })],
    });
    const { value, error } = JSON.parse(answer) as { value: R; error?: string };
    if (error !== undefined) throw new Error(error);
    return value;
  }

  async type(text: string): Promise<void> {
    const actions = [...text].flatMap((c) => ["keyDown", "keyUp"].map((type) => ({ type, value: c === "\n" ? enterKey : c })));
    await command("POST", `${this.session}/actions`, { actions: [{ type: "key", id: "keyboard", actions }] });
  }

  async click(x: number, y: number): Promise<void> {
    const actions = [{ type: "pointerMove", x: Math.round(x), y: Math.round(y) }, { type: "pointerDown", button: 0 }, { type: "pointerUp", button: 0 }];
    await command("POST", `${this.session}/actions`, { actions: [{ type: "pointer", id: "mouse", actions }] });
  }

  /** The window has a frame and bars of its own around the page. */
  async resize(width: number, height: number): Promise<void> {
    for (let i = 0; i < 3; i++) {
      const page = await this.call(() => ({ width: innerWidth, height: innerHeight }), null);
      if (page.width === width && page.height === height) return;
      const outer = await command<{ width: number; height: number }>("GET", `${this.session}/window/rect`);
      await command("POST", `${this.session}/window/rect`, { width: outer.width + width - page.width, height: outer.height + height - page.height });
    }
  }

  async screenshot(): Promise<Buffer> { return Buffer.from(await command<string>("GET", `${this.session}/screenshot`), "base64"); }

  async close(): Promise<void> {
    await command("DELETE", this.session).catch(() => {}); // what doesn't answer is ended all the same
    for (const program of this.programs) await program.end();
  }
}

const driver = installed("WebKitWebDriver");
const display = installed("Xvfb");

export const webkit: Engine = {
  name: "WebKit",
  missing: driver ? (display ? undefined : "Xvfb is not installed") : "WebKitWebDriver is not installed",
  async open({ dark = false } = {}) {
    const programs: Program[] = [];
    try {
      const screen = Program.start(display!, () => ["-displayfd", "1", "-screen", "0", "1400x1100x24", "-nolisten", "tcp"]);
      programs.push(screen);
      const [, number] = await screen.says(/^(\d+)$/m);
      const port = await freePort();
      const service = Program.start(driver!, () => [`--port=${port}`], {
        DISPLAY: `:${number}`, GDK_BACKEND: "x11", GTK_THEME: dark ? "Adwaita:dark" : "Adwaita", LIBGL_ALWAYS_SOFTWARE: "1", NO_AT_BRIDGE: "1",
        LANG: "C.UTF-8", LANGUAGE: "en_GB",
      });
      programs.unshift(service);
      const url = `http://127.0.0.1:${port}`;
      for (let end = Date.now() + 60_000; ; await new Promise((done) => setTimeout(done, 50))) {
        try {
          await command("GET", `${url}/status`);
          break;
        } catch (e) {
          if (Date.now() > end) throw e;
        }
      }
      const { sessionId } = await command<{ sessionId: string }>("POST", `${url}/session`, { capabilities: { alwaysMatch: {} } });
      const window = new WebKitWindow(programs, `${url}/session/${sessionId}`);
      await command("POST", `${window.session}/timeouts`, { script: 120_000, pageLoad: 120_000 });
      await window.resize(1100, 750);
      return window;
    } catch (e) {
      for (const program of programs) await program.end();
      throw e;
    }
  },
};
