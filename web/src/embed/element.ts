// The custom element <snug-room>: a room in any page, in a frame. It is /embed.js, which other sites load; nothing of the page is in it.
import { isCode } from "../code.ts";
import { frameName, themed, type EmbedSettings, type FromFrame, type Themed } from "../embedding.ts";
import type { Theme } from "../storage.ts";
import { elementTexts } from "./texts.ts";

/** The server's own address, which ends in a slash. */
const base = new URL(".", import.meta.url);

/** A token, or what gets one: it is called each time that a fresh one is needed. */
type Token = string | undefined | (() => string | undefined | Promise<string | undefined>);

/** How long the page in the frame may take to report, in ms: after the frame has loaded, and before. */
const reportsWithin = { loaded: 5_000, loading: 30_000 };

const properties = Object.keys(themed) as Themed[];

/** The CSS property in which a custom property comes to what it means, and no longer depends on where it stands. */
const meaning = { colour: "color", length: "text-indent" } as const;

const sheet = new CSSStyleSheet();
sheet.replaceSync(`
:host { display: block; block-size: 100%; min-block-size: 20rem; }
:host([hidden]) { display: none; }
iframe { display: block; inline-size: 100%; block-size: 100%; border: 0; }
div { box-sizing: border-box; block-size: 100%; padding: 1.5rem; overflow: auto; overflow-wrap: anywhere; border: 1px solid color-mix(in srgb, currentcolor 40%, transparent); border-radius: 8px; font: 1rem/1.5 system-ui, sans-serif; }
[hidden] { display: none; }
span { position: absolute; visibility: hidden; transition: color 1ms step-end, text-indent 1ms step-end; }
p { margin: 0 0 0.5rem; }
p:first-child { font-weight: 600; }`);

class SnugRoom extends HTMLElement {
  static readonly observedAttributes = ["code", "token", "nick", "theme", "language"];

  readonly #frame = document.createElement("iframe");
  readonly #problem = document.createElement("div");
  /** Something for each custom property, which has its value. A change is a transition, which is the only event of it. */
  readonly #probes = new Map(properties.map((name) => [name, document.createElement("span")]));
  #source: Token;
  /** The last token that the frame was given. */
  #token: string | undefined;
  /** How often the frame or the source of its tokens has changed: what was asked for before that comes too late. */
  #changes = 0;
  /** Whether the page in the frame has reported since the frame last loaded. */
  #reported = false;
  /** Whether it has asked for the settings. */
  #asked = false;
  /** Whether it has them, and is to be told of changes. */
  #told = false;
  #deadline = 0;
  /** Ends what the element listens to; undefined while it isn't in the page. */
  #end: AbortController | undefined;
  /** Whether it has a size. Without one it is not displayed, and its style changes without any event. */
  #sized = false;
  readonly #sizes = new ResizeObserver(() => {
    const sized = this.offsetWidth > 0;
    if (sized && !this.#sized) this.#tell();
    this.#sized = sized;
  });

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    this.#frame.name = frameName;
    this.#frame.allow = "clipboard-write; fullscreen; web-share";
    this.#frame.referrerPolicy = "no-referrer";
    this.#problem.setAttribute("role", "alert");
    for (const [name, probe] of this.#probes) {
      probe.style.setProperty(meaning[themed[name]], `var(${name})`);
      probe.addEventListener("transitionend", () => this.#tell());
    }
    root.append(this.#problem, ...this.#probes.values());
    this.#frame.addEventListener("load", () => {
      if (!this.#reported) this.#await(reportsWithin.loaded);
      this.#reported = false;
    });
  }

  /** Overrides the attribute. */
  get token(): Token {
    return this.#source ?? this.getAttribute("token") ?? undefined;
  }
  set token(token: Token) {
    this.#source = token;
    this.#changeToken();
  }

  /** The former token may be another user's. */
  #changeToken(): void {
    this.#changes++;
    this.#token = undefined;
    if (this.#asked) void this.#renew();
  }

  connectedCallback(): void {
    if (Object.hasOwn(this, "token")) {
      const { token } = this; // it was set before the element was defined
      delete (this as { token?: Token }).token;
      this.token = token;
    }
    this.#end = new AbortController();
    addEventListener("message", this.#handle, { signal: this.#end.signal });
    this.#sizes.observe(this);
    this.#open();
  }

  /** Without its frame the user has left the room. */
  disconnectedCallback(): void {
    this.#end?.abort();
    this.#end = undefined;
    this.#sizes.disconnect();
    this.#close();
  }

  #close(): void {
    clearTimeout(this.#deadline);
    this.#frame.remove();
    this.#changes++;
    this.#reported = this.#asked = this.#told = false;
  }

  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (!this.#end || before === now) return;
    if (name === "code") this.#open();
    else if (name === "token") this.#changeToken();
    else this.#tell();
  }

  #open(): void {
    const code = this.getAttribute("code") ?? "";
    const texts = this.#texts();
    this.#close();
    if (!isCode(code)) return this.#complain(texts.noCode);
    this.#complain();
    this.#frame.title = texts.label(code);
    this.#frame.src = new URL(`r/${encodeURIComponent(code)}`, base).href;
    this.shadowRoot!.append(this.#frame);
    this.#await(reportsWithin.loading);
  }

  #texts() {
    const wanted = [this.getAttribute("language") ?? "", ...navigator.languages].map((l) => l.split("-")[0]!);
    const spoken = wanted.find((l): l is keyof typeof elementTexts => Object.hasOwn(elementTexts, l));
    return elementTexts[spoken ?? "en"];
  }

  /** Shows lines in place of the frame; without any, the frame. */
  #complain(...lines: string[]): void {
    this.#problem.replaceChildren(
      ...lines.map((line) => Object.assign(document.createElement("p"), { textContent: line, dir: "auto" })),
    );
    this.#problem.hidden = lines.length === 0;
    this.#frame.hidden = lines.length > 0;
  }

  /** Browsers don't say whether a frame was refused. Then the page in it never reports. */
  #await(ms: number): void {
    clearTimeout(this.#deadline);
    const { refused, allow } = this.#texts();
    const site = location.origin;
    const refuse = () => this.#complain(refused, allow(site, `--frame-ancestors ${site}`));
    this.#deadline = setTimeout(refuse, ms) as unknown as number;
  }

  readonly #handle = (e: MessageEvent<FromFrame | null>): void => {
    if (e.source !== this.#frame.contentWindow || e.origin !== base.origin) return;
    switch (e.data?.snug) {
      case "loading":
        this.#reported = true;
        this.#asked = this.#told = false;
        clearTimeout(this.#deadline);
        return this.#complain();
      case "ready":
      case "token":
        this.#asked = true;
        return void this.#renew();
    }
  };

  /** Gives the frame the settings with the token as it is now. */
  async #renew(): Promise<void> {
    const changes = this.#changes;
    try {
      const token = typeof this.token === "function" ? await this.token() : this.token;
      if (changes !== this.#changes) return;
      this.#token = token;
    } catch (e) {
      if (changes !== this.#changes) return;
      console.error("snug-room: there is no token", e);
    }
    this.#told = true;
    this.#tell();
  }

  #tell(): void {
    if (!this.#told) return;
    const given = (name: string) => this.getAttribute(name) ?? undefined;
    const settings: EmbedSettings = {
      snug: "settings",
      token: this.#token,
      nick: given("nick"),
      theme: given("theme") as Theme | undefined, // the frame checks all of it
      language: given("language"),
      style: this.#style(),
    };
    this.#frame.contentWindow?.postMessage(settings, base.origin);
  }

  /** The custom properties that are set: as rgb(…) and px where this browser understands them. */
  #style(): EmbedSettings["style"] {
    const own = getComputedStyle(this);
    const style: EmbedSettings["style"] = {};
    for (const [name, probe] of this.#probes) {
      const value = own.getPropertyValue(name).trim();
      const property = meaning[themed[name]];
      if (value)
        style[name] = CSS.supports(property, value) ? getComputedStyle(probe).getPropertyValue(property) : value;
    }
    return style;
  }
}

if (!customElements.get("snug-room")) customElements.define("snug-room", SnugRoom);
