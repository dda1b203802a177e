import { store } from "../store.ts";
import { language, number, soonMinute } from "../texts.ts";
import { roomsTexts } from "../texts/rooms.ts";
import { Icon } from "./icons.tsx";

/** Says how much is new above the view, and since when. */
export function ToUnread({ after, onClick }: { after: number; onClick: () => void }) {
  const { fold, you } = store.room;
  const news = fold.messages.slice(fold.index(after + 1)).filter((m) => m.from.member !== you.value?.member);
  if (news.length === 0) return null;
  return (
    <button type="button" class="to-unread" onClick={onClick}>
      {roomsTexts[language.value].newSince(number(news.length), soonMinute(news[0]!.at))} <Icon name="send" />
    </button>
  );
}
