/** Pages about a running service: kept current without a reload, and with words of their own when it cannot be asked. */
import type { Child } from "hono/jsx";
import { Problem } from "../../problem.ts";
import { markOf } from "../mark.ts";
import type { PageContext, PageResult } from "../page.ts";
import { type Crumb, Heading } from "./text.tsx";

interface LiveProps {
  /** Of the element; `partial` of a request for it alone. */
  id: string;
  label: string;
  /** Where it is fetched from: the page's own path and query. */
  address: string;
  /** Address of an event stream: whenever it says something, the element is fetched anew. */
  stream: string;
  children: Child;
}

/** What is kept current (live.js). Without a script it is as it was when the page was fetched. */
export function Live({ id, label, address, stream, children }: LiveProps) {
  return (
    <section
      id={id}
      aria-label={label}
      data-current={stream}
      hx-get={address}
      hx-trigger="current"
      hx-target="this"
      hx-swap="outerMorph"
      hx-push-url="false"
    >
      <p class="when-lost" role="status">
        No connection to the server since <span data-lost />. It is tried again by itself; what stands here is how it
        was then.
      </p>
      {children}
    </section>
  );
}

/** What the pages of a module about a service have in common. */
export interface Service<State> {
  /** Id of the part that is kept current. */
  id: string;
  /** A command that reports as long as `?shown=MARK` is not how the service stands. */
  watch: string;
  state(page: PageContext): Promise<State>;
  /** What of the state a mark is made of; absent: all of it. */
  marked?(state: State): unknown;
  /** In the place of the content when it cannot be asked. */
  away(problem: Problem): Child;
}

export interface Drawn<State> {
  title: string;
  crumbs?: Crumb[];
  /** Beside the title. */
  actions?: Child;
  /** Links to the module's pages. */
  places(state: State | undefined): Child;
  /** Between these and what is kept current: forms, above all. */
  above?: Child;
  content(state: State): Promise<Child> | Child;
  /** Behind what is kept current, and drawn once. */
  below?(state: State): Promise<Child> | Child;
}

const awayCodes = ["not-running", "permission", "unavailable", "timeout"];

/** A page about the service; where it cannot be asked, it says so, and shows the service once it runs. */
export async function servicePage<State>(
  page: PageContext,
  { id, watch, state: read, marked = (state) => state, away }: Service<State>,
  { title, crumbs, actions, places, above, content, below }: Drawn<State>,
): Promise<PageResult> {
  const { url } = page;
  let state: State | undefined;
  let inside: Child;
  let behind: Child;
  let shown: string;
  try {
    state = await read(page);
    shown = markOf(marked(state));
    inside = await content(state);
    if (page.partial !== id) behind = await below?.(state);
  } catch (error) {
    const problem = Problem.from(error);
    if (!awayCodes.includes(problem.code)) throw error;
    state = undefined;
    shown = markOf(problem);
    inside = away(problem);
  }
  const live = (
    <Live id={id} label={title} address={url.pathname + url.search} stream={`/command/${watch}?shown=${shown}`}>
      {inside}
    </Live>
  );
  if (page.partial === id) return { title, body: live };
  const body = (
    <>
      <Heading title={title} {...(crumbs && { crumbs })} actions={state !== undefined && actions} />
      {places(state)}
      {above}
      {live}
      {behind}
    </>
  );
  return { title, body };
}
