/** The document around every page. Without inline scripts and styles: the daemon's Content-Security-Policy is `'self'`. */
import type { Child } from "hono/jsx";
import { assets } from "./assets.ts";
import { Icon, Mark } from "./icons.tsx";
import { categories, type ModuleDeclaration } from "./module.ts";
import type { Html, PageContext } from "./page.ts";
import { dialogId } from "./parts/dialog.tsx";

/** What of a request its frame depends on. */
export type Frame = Pick<PageContext, "user" | "xsrf" | "url" | "partial">;
/** What the navigation shows of a module. */
export type ModuleTile = Pick<ModuleDeclaration, "id" | "name" | "summary" | "icon" | "categories" | "home" | "also">;

// htmx 4: nothing that needs eval is used (no hx-on, no js: values, no trigger filters); its style sheet is ours; a
// request that hangs ends after the daemon's own deadline.
const htmxConfig = JSON.stringify({ includeIndicatorCSS: false, mode: "same-origin", defaultTimeout: 120_000 });

export function moduleHref(module: ModuleTile): string {
  return module.home ?? `/modules/${encodeURIComponent(module.id)}`;
}

/** Categories that have modules, with them. */
export function byCategory(modules: readonly ModuleTile[]) {
  return categories
    .map((category) => ({ ...category, modules: modules.filter((one) => one.categories.includes(category.id)) }))
    .filter((category) => category.modules.length > 0);
}

/**
 * A plain string. A node's `toString` is a promise when a component in it is asynchronous, and then of a String object
 * whose callbacks would move a part's `<title>` into a head that it has not.
 */
async function text(html: Html): Promise<string> {
  const node = await html;
  return String(await node.toString());
}

function Document({ title, script, children }: { title: string; script: boolean; children: Child }) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="same-origin" />
        <title>{title}</title>
        <link rel="icon" type="image/svg+xml" href={assets.favicon.path} />
        <script src={assets.theme.path} />
        <link rel="stylesheet" href={assets.stylesheet.path} />
        {script && <meta name="htmx-config" content={htmxConfig} />}
        {script && <script src={assets.htmx.path} defer />}
        <script src={assets.console.path} defer />
      </head>
      {children}
    </html>
  );
}

function ThemeToggle() {
  return (
    <button type="button" class="quiet with-script" data-theme-toggle aria-label="Dark colours" title="Light or dark">
      <span class="if-light">
        <Icon name="moon" />
      </span>
      <span class="if-dark">
        <Icon name="sun" />
      </span>
    </button>
  );
}

function Header({ frame }: { frame: Frame }) {
  return (
    <header class="top">
      <button type="button" class="quiet nav-button" popovertarget="nav" aria-label="Menu">
        <Icon name="menu" size={20} />
      </button>
      <a class="brand" href="/">
        <Mark />
        Reeve
      </a>
      <div class="top-end">
        <ThemeToggle />
        <button type="button" class="quiet" popovertarget="user-menu" aria-label={`User ${frame.user.name}`}>
          <Icon name="user" />
          <span class="user-name">{frame.user.name}</span>
          <Icon name="down" size={14} />
        </button>
        <div id="user-menu" popover="auto" class="menu">
          <p>
            <strong>{frame.user.name}</strong>
            <span class="muted">{frame.user.administrator ? "Administrator" : "User"}</span>
          </p>
          <form method="post" action="/logout">
            <input type="hidden" name="xsrf" value={frame.xsrf} />
            <button type="submit" class="quiet">
              <Icon name="logout" /> Log out
            </button>
          </form>
        </div>
      </div>
    </header>
  );
}

interface NavLinkProps {
  href: string;
  also?: string | undefined;
  icon: string;
  path: string;
  children: Child;
}

function NavLink({ href, also, icon, path, children }: NavLinkProps) {
  const within = (place: string | undefined) => place !== undefined && place !== "/" && path.startsWith(`${place}/`);
  const here = path === href || within(href) || within(also);
  return (
    <li>
      <a href={href} aria-current={here ? (path === href ? "page" : "true") : undefined}>
        <Icon name={icon} />
        {children}
      </a>
    </li>
  );
}

function Navigation({ path, modules }: { path: string; modules: readonly ModuleTile[] }) {
  return (
    <nav id="nav" popover="auto" aria-label="Modules">
      <ul>
        <NavLink href="/" icon="home" path={path}>
          Home
        </NavLink>
      </ul>
      {byCategory(modules).map((category) => (
        <>
          <p id={`nav-${category.id}`}>{category.name}</p>
          <ul aria-labelledby={`nav-${category.id}`}>
            {category.modules.map((module) => (
              <NavLink href={moduleHref(module)} also={module.also} icon={module.icon} path={path}>
                {module.name}
              </NavLink>
            ))}
          </ul>
        </>
      ))}
    </nav>
  );
}

/**
 * The answer's text: the whole document, or for htmx the asked element with its title.
 * @param modules those this user may see
 */
export async function renderPage(
  result: { title: string; body: Html },
  frame: Frame,
  modules: readonly ModuleTile[],
): Promise<string> {
  const title = result.title === "Reeve" ? "Reeve" : `${result.title} · Reeve`;
  if (frame.partial !== undefined)
    return text(
      <>
        {frame.partial !== dialogId && <title>{title}</title>}
        {result.body}
      </>,
    );
  const document = await text(
    <Document title={title} script>
      <body>
        <a class="skip" href="#main">
          Skip to content
        </a>
        <Header frame={frame} />
        <Navigation path={frame.url.pathname} modules={modules} />
        <main id="main" tabindex={-1}>
          {result.body}
        </main>
        <dialog id={dialogId} aria-labelledby="dialog-title" />
        <div id="notice" role="alert" />
      </body>
    </Document>,
  );
  return `<!doctype html>\n${document}`;
}

/** A page for somebody who is not logged in: the mark and one card. */
export async function renderPlain(title: string, body: Html): Promise<string> {
  const document = await text(
    <Document title={`${title} · Reeve`} script={false}>
      <body class="plain">
        <div class="plain-top">
          <ThemeToggle />
        </div>
        <main id="main">
          <div class="plain-brand">
            <Mark />
            Reeve
          </div>
          <div class="card">{body}</div>
        </main>
      </body>
    </Document>,
  );
  return `<!doctype html>\n${document}`;
}
