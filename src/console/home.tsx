import { Icon } from "./icons.tsx";
import { byCategory, type ModuleTile, moduleHref } from "./layout.tsx";
import type { PageResult } from "./page.ts";
import { Empty, Heading } from "./parts/text.tsx";

/** The first page: a tile for each module this user may see, by category. */
export function homePage(modules: readonly ModuleTile[]): Extract<PageResult, { body: unknown }> {
  const body = (
    <>
      <Heading title="Home" />
      {modules.length === 0 && (
        <Empty icon="gear" title="You may not use any module yet">
          <p>Ask an administrator for the right to use one.</p>
        </Empty>
      )}
      {byCategory(modules).map((category) => (
        <section aria-labelledby={`category-${category.id}`}>
          <h2 id={`category-${category.id}`}>{category.name}</h2>
          <ul class="tiles">
            {category.modules.map((module) => (
              <li>
                <a class="tile" href={moduleHref(module)}>
                  <span class="tile-icon">
                    <Icon name={module.icon} size={24} />
                  </span>
                  <span>
                    <strong>{module.name}</strong>
                    <span class="muted">{module.summary}</span>
                  </span>
                </a>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
  return { title: "Home", body };
}
