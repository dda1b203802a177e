// The way back to the start page.
import { embedded } from "../embedded.ts";
import { base, linkTo } from "../route.ts";
import { t } from "../texts.ts";
import { Icon } from "./icons.tsx";

/** The link to the start page. There is none in the frame of an element, which has one room. */
export function Back({ class: place }: { class: string }) {
  if (embedded) return null;
  return (
    <a class={`plain ${place}`} href={base.href} aria-label={t().back} title={t().back} onClick={linkTo(undefined)}>
      <Icon name="back" />
    </a>
  );
}
