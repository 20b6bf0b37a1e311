/** Declarations made ready to be asked; what several have in common is made once, so that it is asked once, too. */
import { baseType } from "../ldap/attributes.ts";
import { treeKey, treeSeparator } from "../ldap/dn.ts";
import { parseFilter } from "../ldap/filter.ts";
import { compile, type Matcher } from "../ldap/match.ts";
import { compileModel } from "../ldap/model-filter.ts";
import type { Schema } from "../ldap/schema.ts";
import type { Interest } from "./change.ts";
import type { Declaration } from "./declaration.ts";
import type { Hidden } from "./side.ts";
import { spellings } from "./spellings.ts";

export class Interests {
  readonly #base: string;
  readonly #withheld: readonly string[];
  /** What only those get who need it, by all its names. */
  hidden: ReadonlySet<string>;
  #schema: Schema;
  readonly #matchers = new Map<string, Matcher>();
  readonly #hidden = new Map<string, Hidden>();

  /**
   * @param base DN below which everything lies that handlers are told of; empty: everywhere
   * @param withheld attribute types that only those get who need them
   */
  constructor(base: string, withheld: Iterable<string>, schema: Schema) {
    this.#base = base;
    this.#withheld = [...withheld];
    this.hidden = new Set(spellings(this.#withheld, schema));
    this.#schema = schema;
  }

  get schema(): Schema {
    return this.#schema;
  }

  /** What was made before goes by the old one: make it anew. */
  set schema(schema: Schema) {
    this.#schema = schema;
    this.hidden = new Set(spellings(this.#withheld, schema));
    this.#matchers.clear();
  }

  /** @throws Problem: the filter is malformed */
  of(declaration: Declaration): Interest {
    const attributes = declaration.attributes.map(baseType).flatMap((type) => [type, ...this.#names(type)]);
    return {
      declaration,
      within: within(this.#base),
      matches: this.#matcher(declaration),
      hidden: this.#hiddenFrom(declaration),
      attributes: new Set(attributes),
    };
  }

  /** Other names of a type: a server may spell it by any. */
  #names(type: string): string[] {
    return this.#schema.attribute(type)?.names.map((name) => name.toLowerCase()) ?? [];
  }

  #matcher({ filter, semantics }: Declaration): Matcher {
    const name = `${semantics} ${filter}`;
    const matcher = this.#matchers.get(name) ?? this.#compile(filter, semantics);
    this.#matchers.set(name, matcher);
    return matcher;
  }

  #compile(filter: string, semantics: Declaration["semantics"]): Matcher {
    if (filter === "") return onlySchema;
    return semantics === "model" ? compileModel(filter).matches : compile(parseFilter(filter), this.#schema);
  }

  #hiddenFrom({ needs }: Declaration): Hidden {
    const needed = new Set(spellings(needs, this.#schema));
    const types = [...this.hidden].filter((type) => !needed.has(type)).sort();
    const name = types.join(" ");
    const hidden = this.#hidden.get(name) ?? new Set(types);
    this.#hidden.set(name, hidden);
    return hidden;
  }
}

const onlySchema: Matcher = (_, dn) => /^cn=subschema$/i.test(dn);

function within(base: string): (key: string) => boolean {
  const top = treeKey(base);
  const under = top + treeSeparator;
  return top === "" ? () => true : (key) => key === top || key.startsWith(under);
}
