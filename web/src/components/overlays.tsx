// The panel or the menu that is open.
import { store } from "../store.ts";
import { ConfirmDialog } from "./dialog.tsx";
import { LargeImage } from "./large-image.tsx";
import { MembersPanel } from "./members-panel.tsx";
import { Menus } from "./menu.tsx";
import { Pins } from "./pins.tsx";
import { RoomSettings } from "./room-settings.tsx";
import { RoomsPanel } from "./rooms.tsx";
import { SearchPanel } from "./search.tsx";
import { Settings } from "./settings.tsx";
import { Share } from "./share.tsx";

export function Overlays() {
  switch (store.panel.value) {
    case "members":
      return <MembersPanel />;
    case "share":
      return <Share />;
    case "settings":
      return <Settings />;
    case "image":
      return <LargeImage />;
    case "pins":
      return <Pins />;
    case "search":
      return <SearchPanel />;
    case "rooms":
      return <RoomsPanel />;
    case "room":
      return <RoomSettings />;
    case "confirm":
      return <ConfirmDialog />;
  }
  return <Menus />;
}
