import type { Child } from "hono/jsx";
import { Icon, type IconName } from "../icons.tsx";

export interface Tab {
  id: string;
  title: string;
  icon?: IconName;
  /** Shown as a small number beside the title. */
  count?: number;
}

/** The tab that `?tab=` names; the first when it names none. */
export function chosenTab<One extends Tab>(tabs: readonly One[], url: URL): One {
  const asked = url.searchParams.get("tab");
  const chosen = tabs.find((tab) => tab.id === asked) ?? tabs[0];
  if (!chosen) throw new Error("tabs without a tab");
  return chosen;
}

/** Address of a tab: the page's path with `?tab=`, and of the other parameters those in `keep` alone. */
export function tabHref(url: URL, tab: string, keep: readonly string[] = []): string {
  const query = new URLSearchParams({ tab });
  for (const key of keep) {
    const value = url.searchParams.get(key);
    if (value) query.set(key, value);
  }
  return `${url.pathname}?${query}`;
}

interface TabsProps {
  /** Element id; `partial` of a request that wants these tabs alone. */
  id: string;
  label: string;
  tabs: readonly Tab[];
  chosen: Tab;
  url: URL;
  /** Parameters of the address that all tabs share. */
  keep?: readonly string[];
  /** The chosen tab's panel. */
  children: Child;
}

/**
 * Tabs as the ARIA practice has them (arrows, Home and End move, Enter and Space choose: console.js), each at an address
 * of its own. They are links, so they work without a script; with htmx only this element is fetched.
 */
export function Tabs({ id, label, tabs, chosen, url, keep, children }: TabsProps) {
  return (
    <div
      id={id}
      class="tabs"
      hx-target:inherited={`#${id}`}
      hx-swap:inherited="outerMorph"
      hx-sync:inherited={`#${id}:replace`}
    >
      <div role="tablist" aria-label={label}>
        {tabs.map((tab) => {
          const href = tabHref(url, tab.id, keep);
          return (
            <a
              id={`${id}-tab-${tab.id}`}
              role="tab"
              aria-selected={tab.id === chosen.id ? "true" : "false"}
              aria-controls={`${id}-panel`}
              href={href}
              hx-get={href}
              hx-push-url="true"
            >
              {tab.icon && <Icon name={tab.icon} size={16} />}
              {tab.title}
              {tab.count !== undefined && <span class="tab-count">{tab.count}</span>}
            </a>
          );
        })}
      </div>
      <div id={`${id}-panel`} role="tabpanel" aria-labelledby={`${id}-tab-${chosen.id}`} tabindex={0}>
        {children}
      </div>
    </div>
  );
}
