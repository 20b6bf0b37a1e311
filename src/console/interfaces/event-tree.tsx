/** An event and all that it made: handlers, what they did to the kernel, with which error, for which line. */
import { Said } from "../parts/text.tsx";
import type { EventTree } from "./control.ts";
import { LinkAnchor } from "./links.tsx";
import { failed, kinds, outcomeOf, took } from "./words.ts";

/** Of more events than this, what went well is folded. */
const fewEvents = 24;

export function At({ at }: { at: string }) {
  return at === "" ? null : <code class="place">{at}</code>;
}

function count({ children }: EventTree): number {
  return children.reduce((sum, child) => sum + count(child), 1);
}

/** Something in it went wrong or has not ended. */
function matters(event: EventTree): boolean {
  const { outcome, steps, ran, children } = event;
  const wrong = steps.some(({ error }) => error !== "") || ran.some(({ status }) => status !== 0);
  return outcome === null || failed(outcome) || wrong || children.some(matters);
}

function Head({ event, within }: { event: EventTree; within: string }) {
  const { kind, name, outcome, queued, ended, at, reason } = event;
  return (
    <>
      <strong title={kinds[kind]}>{kind}</strong> {name !== "" && name !== within && <LinkAnchor name={name} />}{" "}
      <Said said={outcomeOf(outcome)} /> {ended !== null && <span class="muted">{took(queued, ended)}</span>}{" "}
      <At at={at} />
      {reason !== "" && <div class={failed(outcome) ? "error-text" : "why"}>{reason}</div>}
    </>
  );
}

function exitOf(status: number | null): string {
  return status === null ? "ended by a signal" : `exit ${status}`;
}

function Work({ event: { steps, ran } }: { event: EventTree }) {
  if (steps.length + ran.length === 0) return null;
  return (
    <ol class="event-work">
      {steps.map(({ line, error, at }) => (
        <li>
          <code>{line}</code> <At at={at} />
          {error !== "" && <div class="error-text">{error}</div>}
        </li>
      ))}
      {ran.map(({ what, status, at }) => (
        <li>
          <code>{what}</code> <span class={status === 0 ? "muted" : "error-text"}>{exitOf(status)}</span> <At at={at} />
        </li>
      ))}
    </ol>
  );
}

function Node({ event, within, folds }: { event: EventTree; within: string; folds: boolean }) {
  const { steps, ran, children, name } = event;
  const head = <Head event={event} within={within} />;
  if (steps.length + ran.length + children.length === 0) return <li>{head}</li>;
  return (
    <li>
      <details open={!folds || matters(event)}>
        <summary>{head}</summary>
        <Work event={event} />
        <Children all={children} within={name || within} folds={folds} />
      </details>
    </li>
  );
}

function Children({ all, within, folds }: { all: readonly EventTree[]; within: string; folds: boolean }) {
  if (all.length === 0) return null;
  return (
    <ul>
      {all.map((child) => (
        <Node event={child} within={within} folds={folds} />
      ))}
    </ul>
  );
}

/** The causal chain, from what was asked down to the kernel's own word. */
export function Chain({ event, label }: { event: EventTree; label: string }) {
  return (
    <ul class="event-tree card" aria-label={label}>
      <Node event={event} within="" folds={count(event) > fewEvents} />
    </ul>
  );
}

function linesOf({ lines, children }: EventTree): EventTree["lines"] {
  return [...lines, ...children.flatMap(linesOf)];
}

/** Lines that are shown; of more, the last ones. */
const mostLines = 500;

/** What was said meanwhile, as whoever asked for it on a terminal reads it. */
export function StatusLines({ event }: { event: EventTree }) {
  const all = linesOf(event).sort((a, b) => a.order - b.order);
  const shown = all.slice(-mostLines);
  if (shown.length === 0) return null;
  return (
    <section aria-label="Status lines">
      <h2>
        Status lines <span class="muted">{all.length}</span>
      </h2>
      <ol class="status-lines">
        {shown.map(({ at, text }) => (
          <li>
            <span class="muted">+{((at - event.queued) / 1000).toFixed(3)}</span> {text}
          </li>
        ))}
      </ol>
    </section>
  );
}
