import { formatNumber } from "./units.ts";

interface Choice {
  key: string;
  title: string;
  count?: number | undefined;
}

interface ChoicesProps {
  label: string;
  choices: readonly Choice[];
  chosen: string;
  href(key: string): string;
  /** What the choices are: views of one list, or pages. */
  current?: "true" | "page";
}

/** One of several views of a list, or of a module's pages: links, the present one marked. */
export function Choices({ label, choices, chosen, href, current = "true" }: ChoicesProps) {
  return (
    <nav class="places" aria-label={label}>
      {choices.map(({ key, title, count }) => (
        <a href={href(key)} aria-current={key === chosen ? current : undefined}>
          {title}
          {count !== undefined && <span class="muted"> {formatNumber(count)}</span>}
        </a>
      ))}
    </nav>
  );
}
