// What isn't part of the first load, in one file: more files would share less of their code.
export { suggest } from "../completion.ts";
export { extend, showAround } from "../session/excerpt.ts";
export { upload } from "../session/attachments.ts";
export { ComposingBar } from "./composing-bar.tsx";
export { AttachButtons } from "./attach-buttons.tsx";
export { Attachments, Files } from "./files.tsx";
export { JoinRefused, PasswordForm } from "./join-form.tsx";
export { Knocking, Knocks } from "./knock.tsx";
export { Members } from "./members.tsx";
export { handleListKey } from "./message-keys.ts";
export { NickForm } from "./nick-form.tsx";
export { Notice } from "./notice.tsx";
export { Overlays } from "./overlays.tsx";
export { Start } from "./start.tsx";
export { Suggestions } from "./suggestions.tsx";
export { WholeLog } from "./whole-log.tsx";
export { registerWorker } from "../worker-registration.ts";
