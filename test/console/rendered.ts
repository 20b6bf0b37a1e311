/** A module's pages, rendered with made-up answers of its commands. */
import assert from "node:assert/strict";
import type { z } from "zod";
import { type Frame, renderPage } from "../../src/console/layout.tsx";
import type { ModuleDeclaration } from "../../src/console/module.ts";
import type { Page, PageResult } from "../../src/console/page.ts";
import { Problem } from "../../src/problem.ts";
import { frame } from "./frame.ts";

type Answering = (name: string, options: Record<string, unknown>) => unknown;

/** Answers as the module does, Problems by throwing them, and holds every call to the declared schema. */
export class Rendered {
  readonly calls: [command: string, options: Record<string, unknown>][] = [];
  readonly answers: Record<string, unknown>;
  readonly #module: ModuleDeclaration;
  readonly #pages: readonly Page[];
  readonly #answering: Answering | undefined;

  /** @param answers of each command, or what is asked for them */
  constructor(module: ModuleDeclaration, pages: readonly Page[], answers: Record<string, unknown> | Answering) {
    this.#module = module;
    this.#pages = pages;
    this.answers = typeof answers === "function" ? {} : answers;
    this.#answering = typeof answers === "function" ? answers : undefined;
  }

  readonly call = async (path: string, given: Record<string, unknown>): Promise<never> => {
    const name = path.replace(`${this.#module.id}/`, "");
    const schema = this.#module.commands[name]?.options as z.ZodType;
    const options = schema.parse(given) as Record<string, unknown>;
    this.calls.push([name, options]);
    const answer = this.#answering ? await this.#answering(name, options) : this.answers[name];
    if (answer instanceof Problem) throw answer;
    return answer as never;
  };

  #find(path: string, method: "GET" | "POST") {
    const { pathname } = new URL(path, "http://reeve.test");
    for (const page of this.#pages) {
      const shape = new RegExp(`^${page.path.replace(/:(\w+)/g, "(?<$1>[^/]+)")}$`);
      const found = shape.exec(pathname);
      if (found && (page.method ?? "GET") === method) {
        const given = Object.entries(found.groups ?? {}).map(([name, text]) => [name, decodeURIComponent(text)]);
        return { page, params: Object.fromEntries(given) as Record<string, string> };
      }
    }
    throw new Error(`no page for ${method} ${path}`);
  }

  /** @param form posts it */
  async ask(path: string, change: Partial<Frame> = {}, form?: string): Promise<PageResult> {
    const { page, params } = this.#find(path, form === undefined ? "GET" : "POST");
    return page.render({ ...frame(path, change), params, call: this.call }, new URLSearchParams(form));
  }

  async html(path: string, change: Partial<Frame> = {}, form?: string): Promise<string> {
    const result = await this.ask(path, change, form);
    assert.ok("body" in result, JSON.stringify(result));
    return renderPage(result, frame(path, change), [this.#module]);
  }

  /** Without markup. */
  async text(path: string): Promise<string> {
    return (await this.html(path)).replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");
  }
}
