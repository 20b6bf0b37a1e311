/** The small parts of a page's text: badge, alert, facts, heading, what to say when there is nothing. */
import type { Child } from "hono/jsx";
import { Icon, type IconName } from "../icons.tsx";

export type Tone = "neutral" | "accent" | "good" | "warning" | "bad";

export function Badge({ tone = "neutral", children }: { tone?: Tone; children: Child }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

/** A state in words, and how it is to be taken. */
export type Words = readonly [text: string, tone: Tone];

export function Said({ said: [text, tone] }: { said: Words }) {
  return <Badge tone={tone}>{text}</Badge>;
}

const alertIcons: Record<Tone, IconName> = {
  neutral: "info",
  accent: "info",
  good: "check",
  warning: "warning",
  bad: "warning",
};

/** A message that stands in the page; `live` makes a screen reader say it at once. */
export function Alert(props: { tone?: Tone; title?: string; live?: boolean; children?: Child }) {
  const { tone = "neutral", title, live, children } = props;
  const role = live ? (tone === "bad" ? "alert" : "status") : undefined;
  return (
    <div class={`alert ${tone}`} role={role}>
      <Icon name={alertIcons[tone]} />
      <div>
        {title && <strong>{title}</strong>}
        {children}
      </div>
    </div>
  );
}

/** A message as a sentence of its own: `there is no host 7` → `There is no host 7.` A name at its begin stays as it is. */
export function sentence(message: string): string {
  const begun = /^[a-z]+[ ,]/.test(message) ? message.charAt(0).toUpperCase() + message.slice(1) : message;
  return /[\p{L}\p{N})"”]$/u.test(begun) ? `${begun}.` : begun;
}

export type Fact = readonly [title: string, value: Child];

function known(value: Child): boolean {
  return value !== "" && value !== null && value !== undefined && value !== false;
}

/** A list of terms and values; facts nobody knows are left out. */
export function Facts({ facts, label }: { facts: readonly Fact[]; label?: string }) {
  return (
    <dl class="facts" aria-label={label}>
      {facts
        .filter(([, value]) => known(value))
        .map(([title, value]) => (
          <div>
            <dt>{title}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

export interface Crumb {
  title: string;
  href: string;
}

/** The page's h1 with where it lies, marks beside it and actions at the end. */
export function Heading(props: { title: string; crumbs?: Crumb[]; marks?: Child; actions?: Child; lead?: Child }) {
  return (
    <header class="heading">
      {props.crumbs && (
        <nav class="crumbs" aria-label="You are here">
          {props.crumbs.map((crumb) => (
            <>
              <a href={crumb.href}>{crumb.title}</a>
              <Icon name="chevron" size={12} />
            </>
          ))}
        </nav>
      )}
      <div class="heading-line">
        <div>
          <div class="heading-title">
            <h1>{props.title}</h1>
            {props.marks}
          </div>
          {props.lead && <p class="lead">{props.lead}</p>}
        </div>
        {props.actions && <div class="actions">{props.actions}</div>}
      </div>
    </header>
  );
}

/** In the place of a list that is empty: says why and what to do next. */
export function Empty({ icon, title, children }: { icon: IconName; title: string; children?: Child }) {
  return (
    <div class="empty">
      <Icon name={icon} size={36} />
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}
