// Chromium, by the Chrome DevTools protocol.
import type { Browser, Page } from "playwright-core";
import { chromiumProgram, launch } from "../browser.ts";
import type { Engine, Window } from "./window.ts";

class ChromiumWindow implements Window {
  constructor(readonly browser: Browser, readonly page: Page) {}

  async goto(url: string): Promise<void> { await this.page.goto(url); }
  async reload(): Promise<void> { await this.page.reload(); }
  call<A, R>(f: (arg: A) => R | Promise<R>, arg: A): Promise<R> {
    return this.page.evaluate<R>(`(${f.toString()})(${JSON.stringify(arg) ?? "undefined"})`);
  }
  async type(text: string): Promise<void> { await this.page.keyboard.type(text); }
  async click(x: number, y: number): Promise<void> { await this.page.mouse.click(x, y); }
  async resize(width: number, height: number): Promise<void> { await this.page.setViewportSize({ width, height }); }
  async screenshot(): Promise<Buffer> { return this.page.screenshot(); }
  async close(): Promise<void> { await this.browser.close(); }
}

export const chromium: Engine = {
  name: "Chromium",
  missing: Number(process.versions.node.split(".")[0]) < 20 ? "playwright-core needs Node.js 20" : chromiumProgram() ? undefined : "Chromium is not installed",
  async open({ dark = false } = {}) {
    const browser = await launch({ whole: true });
    const page = await browser.newPage({ viewport: { width: 1100, height: 750 }, locale: "en-GB", colorScheme: dark ? "dark" : "light" });
    return new ChromiumWindow(browser, page);
  },
};
