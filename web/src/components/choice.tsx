import type { ComponentChildren } from "preact";

interface ChoiceProps<K extends string> {
  label: string;
  name: string;
  value: K;
  options: Record<K, string>;
  /** What the user should know about the choice. It may change. */
  hint?: ComponentChildren;
  onPick: (key: K) => void;
}

/** One of a few options, side by side. */
export function Choice<K extends string>({ label, name, value, options, hint, onPick }: ChoiceProps<K>) {
  return (
    <fieldset>
      <legend>{label}</legend>
      <div class="choice">
        {(Object.keys(options) as K[]).map((key) => (
          <label>
            <input type="radio" name={name} checked={key === value} onChange={() => onPick(key)} />
            <span>{options[key]}</span>
          </label>
        ))}
      </div>
      {hint !== undefined && (
        <p class="hint" role="status">
          {hint}
        </p>
      )}
    </fieldset>
  );
}
