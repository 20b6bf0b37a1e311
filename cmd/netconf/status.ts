import { Command, Option } from "clipanion";
import { formerInForce, type NetconfStatus } from "../../src/console/interfaces/control.ts";
import { moment } from "../listener/ctl.ts";
import { CtlCommand } from "./ctl.ts";
import { diagnosticLine, differenceLines, interfaceLines, leaseLines } from "./lines.ts";

export class NetconfStatusCommand extends CtlCommand {
  static override paths = [["netconf", "status"]];
  static override usage = Command.Usage({
    category: "Network configuration",
    description: "tell how the interfaces stand: carrier, addresses, and how far their configuration is",
    details: `
      OPERATIONAL is what the link can do (missing, off, no-carrier, dormant, carrier, degraded, enslaved, routable), SETUP
      how far its configuration is (unmanaged, pending, configuring, configured, deferred, failed, down). Exit code 81 when
      one has failed, 3 when no daemon runs.
    `,
    examples: [["For a monitor", "$0 netconf status --json"]],
  });

  names = Option.Rest({ name: "interface" });

  async execute(): Promise<void> {
    const { Problem } = await import("../../src/problem.ts");
    const status = await this.ask("status", this.names.length > 0 ? { names: this.names } : {});
    if (this.json) this.printJson(status);
    else for (const line of lines(status)) this.print(line);
    const failed = status.interfaces.filter(({ setup }) => setup === "failed").map(({ name }) => name);
    if (failed.length > 0) throw new Problem("not-done", `failed: ${failed.join(", ")}`);
  }
}

function lines({
  interfaces,
  operational,
  dns,
  pending,
  rolledBack,
  warnings,
  configuration,
  pid,
}: NetconfStatus): string[] {
  const errors = configuration.diagnostics.filter(({ severity }) => severity === "error");
  return [
    ...interfaceLines(interfaces),
    "",
    `${operational}; process ${pid}; ${configuration.files.length} files read ${moment(configuration.read)}`,
    ...(dns.servers.length > 0 ? [`name servers ${dns.servers.join(" ")} (${dns.by})`] : []),
    ...(pending ? [`apply ${pending.id} is rolled back at ${moment(pending.deadline)} unless confirmed`] : []),
    ...(rolledBack ? [`warning: ${moment(rolledBack.at)} ${formerInForce(rolledBack)}`] : []),
    ...warnings.map((warning) => `warning: ${warning}`),
    ...errors.map(diagnosticLine),
  ];
}

export class CheckCommand extends CtlCommand {
  static override paths = [["netconf", "check"]];
  static override usage = Command.Usage({
    category: "Network configuration",
    description: "compare what runs with what the configuration says; `up` heals what differs",
    details: `
      A line for each difference: \`+\` is missing, \`~\` differs, \`-\` is Reeve's and wanted no longer, \`?\` was put there by
      somebody else and is left alone. With \`--mend\` also the \`ip\` lines that would mend it. Exit code 0 when nothing but
      foreign things differs, else 81; 78 when the configuration has errors.
    `,
  });

  names = Option.Rest({ name: "interface" });
  mend = Option.Boolean("--mend", false, { description: "print what would mend it" });

  async execute(): Promise<void> {
    const { Problem } = await import("../../src/problem.ts");
    const { same, interfaces, diagnostics } = await this.ask(
      "check",
      this.names.length > 0 ? { names: this.names } : {},
    );
    if (this.json) this.printJson({ same, interfaces, diagnostics });
    else {
      for (const one of diagnostics) this.print(diagnosticLine(one));
      for (const one of interfaces) {
        for (const line of differenceLines(one)) this.print(line);
        if (this.mend) for (const { mend } of one.differences) for (const line of mend) this.print(`    ${line}`);
      }
    }
    const errors = diagnostics.filter(({ severity }) => severity === "error").length;
    if (errors > 0) throw new Problem("config", `${errors} errors in the configuration`);
    if (!same) throw new Problem("not-done", "what runs differs from the configuration");
  }
}

export class LeasesCommand extends CtlCommand {
  static override paths = [["netconf", "leases"]];
  static override usage = Command.Usage({
    category: "Network configuration",
    description: "show what DHCP servers gave: addresses, name servers, when it ends, and every other option",
  });

  names = Option.Rest({ name: "interface" });

  async execute(): Promise<void> {
    const { leases } = await this.ask("leases", this.names.length > 0 ? { names: this.names } : {});
    if (this.json) this.printJson(leases);
    else for (const lease of leases) for (const line of leaseLines(lease)) this.print(line);
  }
}

export class QueryCommand extends CtlCommand {
  static override paths = [["netconf", "query"]];
  static override usage = Command.Usage({
    category: "Network configuration",
    description: "print what the configuration says of interfaces, inherited and mapped, with the place of each stanza",
  });

  names = Option.Rest({ name: "interface" });
  class = Option.String("--allow", { description: "those of `allow-CLASS`" });

  async execute(): Promise<void> {
    const { interfaces, diagnostics } = await this.ask("query", {
      ...(this.names.length > 0 ? { names: this.names } : {}),
      ...(this.class === undefined ? {} : { class: this.class }),
      ...(this.names.length === 0 && this.class === undefined ? { all: true } : {}),
    });
    if (this.json) return this.printJson({ interfaces, diagnostics });
    for (const { name, logical, stanzas, classes } of interfaces) {
      const as = logical === name ? "" : ` as ${logical}`;
      if (stanzas.length === 0) this.print(`${name}${as}\tno stanza`);
      for (const { family, method, at, options } of stanzas) {
        const words = [family, method].filter(Boolean).join(" ");
        this.print(`${name}${as}\t${words}\t${classes.join(" ")}\t${at}`);
        for (const [option, value] of options) this.print(`\t${option}\t${value}`);
      }
    }
    for (const one of diagnostics) this.print(diagnosticLine(one));
  }
}

export class WaitOnlineCommand extends CtlCommand {
  static override paths = [["netconf", "wait-online"]];
  static override usage = Command.Usage({
    category: "Network configuration",
    description: "wait until interfaces can be used; says what it waits for, and ends at the latest after its time",
    details: `
      Without names: until every interface of \`auto\` is at least degraded, or deferred (nobody waits for a cable), and one
      of them routable. Exit code 75 when the time is over, and at once where all of them are deferred.
    `,
    examples: [["At boot", "$0 netconf wait-online --timeout 30"]],
  });

  names = Option.Rest({ name: "interface" });
  any = Option.Boolean("--any", false, { description: "one of them is enough" });
  operational = Option.String("--operational", { description: "carrier, degraded or routable" });
  timeout = Option.String("--timeout", { description: "seconds; 120 unless told otherwise" });

  async execute(): Promise<void> {
    const { Problem } = await import("../../src/problem.ts");
    const states = ["carrier", "degraded", "routable"] as const;
    const state = states.find((one) => one === this.operational);
    if (this.operational !== undefined && !state)
      throw new Problem("usage", `--operational: one of ${states.join(", ")}`);
    const { online, interfaces } = await this.ask(
      "wait-online",
      {
        ...(this.names.length > 0 ? { names: this.names } : {}),
        ...(this.any ? { any: true } : {}),
        ...(state ? { state } : {}),
        timeout: await this.number("--timeout", this.timeout, 120, 86_400),
      },
      this.lines(),
    );
    if (this.json) this.printJson({ online, interfaces });
    else for (const one of interfaces) this.print([one.name, one.operational, one.waitsFor].filter(Boolean).join("\t"));
    if (!online) throw new Problem("timeout", "not online yet");
  }
}
