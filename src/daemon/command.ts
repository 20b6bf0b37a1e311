/** The one way to a module's command, whoever asks: permission, method, audit, module process. */
import type { CommandDeclaration } from "../console/module.ts";
import { publicProblem } from "../http/problem.ts";
import { Problem } from "../problem.ts";
import { appendAudit } from "../store/audit.ts";
import type { Store } from "../store/database.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Modules } from "./modules.ts";
import { refuseUnlessAllowed } from "./permission.ts";
import type { User } from "./session.ts";

export interface Asker {
  user: User;
  /** Hash of the session's id, or a name of the connection's own. */
  session: string;
  address: string;
  locale: string;
}

export interface CommandRequest {
  /** `module/command` */
  path: string;
  options: unknown;
  flavor?: string | undefined;
  /** True: asked by GET, which may not change anything. */
  safe: boolean;
  signal: AbortSignal;
  onPartial?: ((result: unknown) => void) | undefined;
}

type Found = ReturnType<Catalogue["find"]>;

export class CommandCaller {
  readonly #catalogue: Catalogue;
  readonly #modules: Modules;
  readonly #store: Store;

  constructor(catalogue: Catalogue, modules: Modules, store: Store) {
    this.#catalogue = catalogue;
    this.#modules = modules;
    this.#store = store;
  }

  /**
   * Module and command, if this asker may call it in this way; a refusal is on record.
   * @throws Problem `unknown-command`, `forbidden`, `method-not-allowed`
   */
  async permit(asker: Asker, request: Pick<CommandRequest, "path" | "safe" | "options">): Promise<Found> {
    const { path, safe } = request;
    try {
      const found = this.#catalogue.find(path);
      refuseUnlessAllowed(asker.user, path, found.command);
      if (safe && !found.command.get) throw new Problem("method-not-allowed", `${path} wants POST`);
      return found;
    } catch (error) {
      await this.#audit(asker, request, "refused", Problem.from(error).http);
      throw error;
    }
  }

  /** Result of the command. Throws its Problem. */
  async call(asker: Asker, request: CommandRequest): Promise<unknown> {
    const { path, options, flavor, signal, onPartial } = request;
    const { module, command } = await this.permit(asker, request);
    const { user, session, address, locale } = asker;
    try {
      const result = await this.#modules.call({
        module,
        command: path,
        options,
        flavor,
        asker: { user: user.name, administrator: user.administrator, session, address, locale },
        signal,
        onPartial,
      });
      await this.#auditChange(command, asker, request, "ok", 200);
      return result;
    } catch (error) {
      const problem = Problem.from(error);
      await this.#auditChange(command, asker, request, "failed", problem.http);
      throw publicProblem(problem, user.administrator);
    }
  }

  async #auditChange(
    command: CommandDeclaration,
    asker: Asker,
    request: CommandRequest,
    outcome: "ok" | "failed",
    status: number,
  ): Promise<void> {
    if (command.changes) await this.#audit(asker, request, outcome, status);
  }

  async #audit(
    asker: Asker,
    request: Pick<CommandRequest, "path" | "options">,
    outcome: "ok" | "refused" | "failed",
    status: number,
  ): Promise<void> {
    await appendAudit(this.#store, {
      time: Date.now(),
      user: asker.user.name,
      address: asker.address,
      session: asker.session.slice(0, 12),
      action: request.path,
      subject: "",
      detail: request.options,
      outcome,
      status,
    });
  }
}
