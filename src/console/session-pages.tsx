/** Pages about the session itself, and the page of a problem. The daemon has their routes. */
import { type Problem, type ProblemCode, problemCodes } from "../problem.ts";
import { type Frame, type ModuleTile, renderPage, renderPlain } from "./layout.tsx";
import { Alert, Heading, sentence } from "./parts/text.tsx";
import { counted } from "./parts/units.ts";

/** A path of this console that a login may lead to; anything that could leave it becomes `/`. */
export function safeNext(next: string | undefined | null): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: browsers drop them, which could turn `/\t/host` into `//host`
  if (!next || next.length > 2000 || !/^\/(?![/\\])[^\\\u0000-\u001f\u007f]*$/.test(next)) return "/";
  // A header takes ASCII only.
  return next.toWellFormed().replace(/[^!-~]+/g, encodeURIComponent);
}

interface LoginOptions {
  /** Text of what went wrong at the last try. */
  problem?: string;
  /** Path to go to afterwards. */
  next?: string;
  /** Seconds to wait before another try. */
  retryAfter?: number;
  /** User name of the last try. */
  username?: string;
}

/** The login form; posts `username`, `password` and `next` to `/login`. */
export function renderLogin({ problem, next, retryAfter, username }: LoginOptions = {}): Promise<string> {
  return renderPlain(
    "Log in",
    <form method="post" action="/login" class="form login">
      <h1>Log in</h1>
      {problem && (
        <Alert tone="bad" live>
          {sentence(problem)}
          {retryAfter !== undefined && ` Try again in ${counted(Math.max(1, Math.ceil(retryAfter)), "second")}.`}
        </Alert>
      )}
      <input type="hidden" name="next" value={safeNext(next)} />
      <div class="field">
        <label for="username">User name</label>
        <input
          id="username"
          name="username"
          required
          autocomplete="username"
          autocapitalize="none"
          maxlength={255}
          value={username}
          autofocus={!username}
        />
      </div>
      <div class="field">
        <label for="password">Password</label>
        <input
          id="password"
          name="password"
          type="password"
          required
          autocomplete="current-password"
          maxlength={1024}
          autofocus={Boolean(username)}
        />
      </div>
      <button type="submit" class="primary wide">
        Log in
      </button>
    </form>,
  );
}

/** For GET `/logout`: a link alone must not end a session. */
export function renderLogoutConfirm(frame: Pick<Frame, "user" | "xsrf">): Promise<string> {
  return renderPlain(
    "Log out",
    <form method="post" action="/logout" class="form login">
      <h1>Log out?</h1>
      <p>You are logged in as {frame.user.name}.</p>
      <input type="hidden" name="xsrf" value={frame.xsrf} />
      <button type="submit" class="primary wide">
        Log out
      </button>
      <a class="button wide" href="/">
        Stay
      </a>
    </form>,
  );
}

/** What an administrator can do about a problem; its own text says what it is. */
const advice: Partial<Record<ProblemCode, string>> = {
  internal: "This is a defect in Reeve. The daemon's log names the cause; please report it with the lines around it.",
  "not-found": "It may have been deleted or merged, or the address has a mistake.",
  forbidden: "Ask an administrator for the right to do this.",
  conflict: "Go back, look at the current state and try again.",
  "bad-request": "Go back and check what you entered.",
  "bad-options": "Go back and check what you entered.",
  throttled: "Wait a moment, then try again.",
  "command-failed": "The daemon's log has the cause. Trying again is safe.",
  "module-died":
    "It is started anew with the next request: try again. If it happens again, look into the daemon's log.",
  "module-start": "Look into the daemon's log; `reeve module -m NAME` shows the same on a terminal.",
  timeout: "Try again; if it happens again, ask for less at once.",
  unavailable: "Try again in a minute. If it lasts, see that all of Reeve's services run.",
  "schema-outdated": "Run `reeve backend db deploy` on the server.",
};

const titles: Partial<Record<ProblemCode, string>> = {
  "not-found": "Not found",
  forbidden: "Not allowed",
  "unknown-command": "Not found",
  internal: "Something broke",
  throttled: "Too many requests",
};

function titleOf(code: ProblemCode): string {
  return titles[code] ?? "That did not work";
}

/**
 * The page of a problem: what, which code, what to do. For htmx only the message, which console.js shows over the page
 * that stays. Without a frame (nobody is logged in) it stands alone.
 */
export function renderProblem(problem: Problem, frame?: Frame, modules: readonly ModuleTile[] = []): Promise<string> {
  const { code } = problem;
  const title = titleOf(code);
  if (frame?.partial !== undefined)
    return renderPage({ title, body: <p class="problem-text">{sentence(problem.message)}</p> }, frame, modules);
  const tone = problemCodes[code].http >= 500 ? "bad" : "warning";
  const body = (
    <>
      {frame ? <Heading title={title} /> : <h1>{title}</h1>}
      <Alert tone={tone} title={sentence(problem.message)}>
        {advice[code] && <p>{advice[code]}</p>}
        {problem.retryAfter !== undefined && <p>Try again in {counted(Math.ceil(problem.retryAfter), "second")}.</p>}
      </Alert>
      <p class="muted">
        Problem code: <code>{code}</code>
      </p>
      <p class="actions after">
        <a class="button" href="/">
          Home
        </a>
      </p>
    </>
  );
  return frame ? renderPage({ title, body }, frame, modules) : renderPlain(title, body);
}
