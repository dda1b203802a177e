// Which addresses a link may lead to, and what is shown of them.
/**
 * The address that a link may lead to, in the browser's spelling; undefined where it
 * is no link. Only http, https and mailto are, without a user name: in
 * https://bank.example@evil.example the host is the second one.
 */
export function safeAddress(text: string): string | undefined {
  if (!/^(?:https?:\/\/|mailto:)/i.test(text) || /[\u0000-\u0020\u007f-\u009f]/.test(text)) return undefined;
  try {
    const url = new URL(text);
    return url.username || url.password ? undefined : url.href;
  } catch {
    return undefined;
  }
}

/**
 * Where a link leads, unless its text is an address with the same host. Hosts are in their
 * ASCII form, which can't be mistaken.
 */
export function hostToShow(label: string, address: string): string | undefined {
  const url = new URL(address);
  const host = url.protocol === "mailto:" ? url.pathname : url.host;
  const seen = label
    .normalize("NFKC")
    .replace(/\p{Cf}/gu, "")
    .trim()
    .toLowerCase();
  return hostOf(seen) === host && (!host.includes("xn--") || seen.includes(host)) ? undefined : host;
}

/** The host that a text names, if it is nothing but an address. */
function hostOf(text: string): string | undefined {
  if (/\s/.test(text)) return undefined;
  try {
    const url = new URL(
      /^[a-z][a-z0-9+.-]*:/.test(text) && !/^[^/]*:\d+(?:\/|$)/.test(text)
        ? text
        : text.includes("@")
          ? `mailto:${text}`
          : `https://${text}`,
    );
    if (url.username || url.password) return undefined;
    return url.protocol === "mailto:" ? url.pathname : url.host;
  } catch {
    return undefined;
  }
}
