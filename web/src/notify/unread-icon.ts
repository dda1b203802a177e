// The number of unread messages, in the icon of the browser's tab.

/** The page's icon with a number in it. */
function numbered(count: number): string {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 64;
  const c = canvas.getContext("2d");
  if (!c) return "";
  c.fillStyle = "#b3471d";
  c.beginPath();
  c.roundRect(0, 0, 64, 64, 18);
  c.fill();
  c.fillStyle = "#fff";
  c.font = `700 ${count > 9 ? 36 : 44}px system-ui, sans-serif`;
  c.textAlign = "center";
  c.textBaseline = "middle";
  c.fillText(count > 99 ? "99" : `${count}`, 32, 35);
  return canvas.toDataURL();
}

let plain: string | undefined;

/** Shows a number in the tab's icon; 0 for none. */
export function showInIcon(count: number): void {
  const icon = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  if (!icon) return;
  plain ??= icon.href;
  icon.href = count > 0 ? numbered(count) : plain;
}
