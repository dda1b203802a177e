// The list of what may be completed, over the composer.
import type { Offer } from "../completion.ts";
import { t } from "../texts.ts";

export function Offers({ offers, current, accept }: { offers: readonly Offer[]; current: Offer; accept: (o: Offer) => void }) {
  return (
    <ul class="offers" id="offers" role="listbox" aria-label={t().suggestions}>
      {offers.map((o, i) => (
        <li
          id={`offer-${i}`}
          role="option"
          aria-selected={o === current}
          onPointerDown={(e) => { e.preventDefault(); accept(o); }}
        >
          {o.sign && <span class="sign">{o.sign}</span>}
          <bdi>{o.shown}</bdi>
        </li>
      ))}
    </ul>
  );
}
