// Files: those of a message, those that go with the next one, and an image shown large.
import type { FileInfo } from "../../client.ts";
import { removeAttachment, retryUpload, sizeText } from "../session/attachments.ts";
import { roomLink } from "../route.ts";
import { store } from "../store.ts";
import { isolated, language, t } from "../texts.ts";
import { fileTexts } from "../texts/files.ts";
import { Icon } from "./icons.tsx";
import { Panel } from "./panel.tsx";

const f = () => fileTexts[language.value];

/** The longest side of an image in a message, in pixels of the page. */
const longestSide = { width: 360, height: 300 };

const urlOf = (file: FileInfo): string =>
  `${roomLink(store.room.code.value)}/files/${encodeURIComponent(file.id)}/${encodeURIComponent(file.name)}`;

/** The files of a message. An image has its place before it is there, so that nothing jumps. */
export function Files({ files }: { files: readonly FileInfo[] }) {
  return (
    <ul class="files">
      {files.map((file) => (
        <li key={file.id}>
          <OneFile file={file} />
        </li>
      ))}
    </ul>
  );
}

function OneFile({ file }: { file: FileInfo }) {
  const { type, width, height, name } = file;
  const url = urlOf(file);
  if (type.startsWith("image/") && width && height) {
    const scale = Math.min(1, longestSide.width / width, longestSide.height / height);
    return (
      <button
        type="button"
        class="image"
        tabIndex={-1}
        aria-label={f().large(isolated(name))}
        onClick={() => {
          store.room.image.value = file;
          store.panel.value = "image";
        }}
      >
        <img
          src={url}
          alt={f().image(name)}
          loading="lazy"
          decoding="async"
          width={Math.max(24, Math.round(width * scale))}
          height={Math.max(24, Math.round(height * scale))}
        />
      </button>
    );
  }
  if (type.startsWith("video/")) return <video src={url} controls preload="metadata" aria-label={name} />;
  if (type.startsWith("audio/")) return <audio src={url} controls preload="none" aria-label={name} />;
  return (
    <a class="file" href={url} target="_blank" rel="noopener" aria-label={f().open(isolated(name))}>
      <Icon name="file" />
      <bdi>{name}</bdi> <span class="size">{sizeText(file.size)}</span>
    </a>
  );
}

/** The image that is shown large. */
export function LargeImage() {
  const file = store.room.image.value;
  if (!file) return null;
  const url = urlOf(file);
  return (
    <Panel title={file.name} name="large-image">
      <img src={url} alt={f().image(file.name)} width={file.width} height={file.height} />
      <p>
        <a class="link" href={url} target="_blank" rel="noopener">
          {f().save}
        </a>{" "}
        <span class="hint">{sizeText(file.size)}</span>
      </p>
    </Panel>
  );
}

/** The files that go with the next message. */
export function Attachments() {
  const { attachments } = store.room;
  return (
    <ul class="attachments" aria-label={f().attached}>
      {attachments.value.map(({ key, file, progress, stored, error }) => {
        const name = isolated(file.name);
        return (
          <li key={key} class={error ? "failed" : ""}>
            <span class="which">
              <bdi>{file.name}</bdi>
              <span class="hint" role={error ? "alert" : undefined}>
                {error ?? sizeText(file.size)}
              </span>
              {!stored && !error && (
                <progress value={progress} aria-label={f().uploading(file.name, String(Math.round(progress * 100)))} />
              )}
            </span>
            {error && file.size <= (store.room.limits.value?.file_bytes ?? 0) && (
              <button type="button" class="link" aria-label={f().again(name)} onClick={() => retryUpload(key)}>
                {t().retry}
              </button>
            )}
            <button
              type="button"
              class="plain small"
              aria-label={f().remove(name)}
              title={f().remove(name)}
              onClick={() => removeAttachment(key)}
            >
              <Icon name="close" />
            </button>
          </li>
        );
      })}
    </ul>
  );
}
