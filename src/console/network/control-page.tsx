/** Port control: asked for with a reason, queued, and followed on the job's page. */
import { Problem } from "../../problem.ts";
import type { Page, PageContext, PageResult } from "../page.ts";
import { Confirm } from "../parts/dialog.tsx";
import { Alert } from "../parts/text.tsx";
import type { PortDetail } from "./answer.ts";
import { network } from "./declaration.ts";
import { jobHref, portHref } from "./links.tsx";
import { ownName, StateBadge } from "./port-cells.tsx";
import { controlHref } from "./ports-tab.tsx";

const choices = [
  ["up", "Up", "switches it on"],
  ["down", "Down", "switches it off: whoever is behind it is cut off"],
  ["bounce", "Bounce", "off and on again, so that the machine behind it begins anew"],
  ["name", "Name", "writes the name below (ifAlias)"],
] as const;

function asked(page: PageContext): { device: number; port: string } {
  const device = page.url.searchParams.get("device") ?? "";
  const port = page.url.searchParams.get("port") ?? "";
  if (!/^[1-9]\d{0,14}$/.test(device) || port === "") throw new Problem("not-found", "There is no such port.");
  return { device: Number(device), port };
}

async function ask(page: PageContext, form?: URLSearchParams, wrong?: string): Promise<PageResult> {
  const place = asked(page);
  const port = await page.call<PortDetail>("network/port", { ...place, limit: 1 });
  const device = port.device.name || port.device.address;
  const chosen = form?.get("action") ?? "";
  const title = `Control ${port.port} of ${device}`;
  const linked = port.neighbours.map(({ label }) => label).join(", ");
  const body = (
    <Confirm
      page={page}
      title={title}
      action={controlHref(place.device, place.port)}
      verb="Queue the change"
      dangerous
      cancel={portHref(place.device, place.port)}
    >
      {wrong && (
        <Alert tone="bad" live>
          {wrong}
        </Alert>
      )}
      <p>
        It is <StateBadge port={port} /> now
        {port.nodeCount > 0 && `, and ${port.nodeCount} MAC addresses are seen behind it`}.
      </p>
      <fieldset>
        <legend>What is to be done?</legend>
        {choices.map(([value, word, help]) => (
          <label class="choice">
            <input type="radio" name="action" value={value} checked={value === chosen} required />
            <span>
              {word}
              <span class="muted">{help}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <div class="field">
        <label for="control-name">Name of the port</label>
        <input
          id="control-name"
          type="text"
          name="name"
          value={form?.get("name") ?? ownName(port)}
          maxlength={64}
          autocomplete="off"
        />
      </div>
      <div class="field">
        <label for="control-reason">
          Why<span class="required"> (needed)</span>
        </label>
        <input
          id="control-reason"
          type="text"
          name="reason"
          value={form?.get("reason") ?? ""}
          minlength={3}
          maxlength={1000}
          required
          autocomplete="off"
          aria-describedby="control-reason-hint"
        />
        <p id="control-reason-hint" class="hint">
          It stands in the log beside your name.
        </p>
      </div>
      {linked !== "" && (
        <div class="field check">
          <input id="control-force" type="checkbox" name="force" value="yes" />
          <label for="control-force">Though it leads to {linked}</label>
        </div>
      )}
    </Confirm>
  );
  return { title, body, status: wrong ? 422 : 200 };
}

async function control(page: PageContext, form: URLSearchParams): Promise<PageResult> {
  const place = asked(page);
  const action = form.get("action") ?? "";
  const common = { ...place, reason: form.get("reason") ?? "" };
  const [name, schema, options] =
    action === "name"
      ? (["portname", network.commands.portname.options, { ...common, name: form.get("name") ?? "" }] as const)
      : ([
          "portcontrol",
          network.commands.portcontrol.options,
          { ...common, action, force: form.get("force") === "yes" },
        ] as const);
  const checked = schema.safeParse(options);
  if (!checked.success) {
    const which = String(checked.error.issues[0]?.path[0] ?? "");
    const words: Record<string, string> = {
      reason: "Say why, in three characters or more.",
      action: "Choose what is to be done.",
      name: "A port's name has 64 bytes at most.",
    };
    return ask(page, form, words[which] ?? "Something is missing.");
  }
  const { job } = await page.call<{ job: number }>(`network/${name}`, checked.data);
  return { location: jobHref(job) };
}

export const controlPages: Page[] = [
  { path: "/network/control", render: (page) => ask(page) },
  { path: "/network/control", method: "POST", render: control },
];
