import { t } from "../texts.ts";
import { Members } from "./members.tsx";
import { Panel } from "./panel.tsx";

export const MembersPanel = () => (
  <Panel title={t().members} name="members">
    <Members />
  </Panel>
);
