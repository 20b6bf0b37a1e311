/** A folded form that narrows a list; what it says stands in the address. */
import type { Child } from "hono/jsx";
import { Icon } from "../icons.tsx";

interface FilterProps {
  /** Path of the list. */
  action: string;
  /** True: something is asked for already. */
  open: boolean;
  /** Its fields. */
  children: Child;
}

export function Filter({ action, open, children }: FilterProps) {
  return (
    <details class="card command filtering" open={open}>
      <summary>
        <Icon name="chevron" size={16} />
        Filter …
      </summary>
      <form class="filter" method="get" action={action}>
        {children}
        <div class="actions">
          <button type="submit" class="primary">
            Filter
          </button>
          <a class="button" href={action}>
            All
          </a>
        </div>
      </form>
    </details>
  );
}

interface FieldProps {
  url: URL;
  /** Of the parameter; the element's id is made of it. */
  name: string;
  label: string;
}

export function FilterText({ url, name, label, hint, maxLength }: FieldProps & { hint?: string; maxLength: number }) {
  return (
    <div class="field">
      <label for={`filter-${name}`}>{label}</label>
      <input
        id={`filter-${name}`}
        type="text"
        name={name}
        value={url.searchParams.get(name) ?? ""}
        placeholder={hint}
        maxlength={maxLength}
        autocomplete="off"
      />
    </div>
  );
}

type Choice = readonly [value: string, words: string];

export function FilterSelect({ url, name, label, choices }: FieldProps & { choices: readonly Choice[] }) {
  return (
    <div class="field">
      <label for={`filter-${name}`}>{label}</label>
      <select id={`filter-${name}`} name={name} autocomplete="off">
        <option value="">any</option>
        {choices.map(([value, words]) => (
          <option value={value} selected={url.searchParams.get(name) === value}>
            {words}
          </option>
        ))}
      </select>
    </div>
  );
}
