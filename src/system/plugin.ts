/** A module name that code loaded from disk can import although it stands in no folder. The border to Bun.plugin. */

/** Makes `import { … } from NAME` give these values. Once given, a name stays. */
export function provideModule(name: string, exported: Record<string, unknown>): void {
  Bun.plugin({
    name: `reeve ${name}`,
    setup: (build) => void build.module(name, () => ({ exports: exported, loader: "object" })),
  });
}
