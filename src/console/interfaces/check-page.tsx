import type { Page, PageContext, PageResult } from "../page.ts";
import { Alert, Badge, Empty } from "../parts/text.tsx";
import { counted } from "../parts/units.ts";
import { Buttons } from "./buttons.tsx";
import type { CheckResult, InterfaceState } from "./control.ts";
import { Differences } from "./differences.tsx";
import { checkPath, LinkAnchor } from "./links.tsx";
import { Diagnostics, netconfPage } from "./state.tsx";

interface CheckedProps {
  page: PageContext;
  checked: CheckResult["interfaces"][number];
  link: InterfaceState | undefined;
}

function Checked({ page, checked: { name, configured, differences }, link }: CheckedProps) {
  const ours = differences.some(({ kind }) => kind !== "foreign");
  return (
    <section aria-label={name}>
      <h2>
        <LinkAnchor name={name} /> {!configured && <Badge>not configured</Badge>}
      </h2>
      <Differences name={name} differences={differences} />
      {link && ours && (
        <div class="actions after">
          <Buttons page={page} link={link} verbs={["up"]} />
        </div>
      )}
    </section>
  );
}

function render(page: PageContext): Promise<PageResult> {
  return netconfPage(page, {
    title: "Check",
    here: checkPath,
    async content({ status }) {
      const { same, interfaces, diagnostics } = await page.call<CheckResult>("interfaces/check", {});
      const differing = interfaces.filter(({ differences }) => differences.length > 0);
      const ours = differing.filter(({ differences }) => differences.some(({ kind }) => kind !== "foreign"));
      return (
        <>
          <Diagnostics diagnostics={diagnostics} />
          {same ? (
            <Empty icon="check" title="All is as the configuration says">
              <p>{counted(interfaces.length, "interface")} compared with what the kernel has.</p>
            </Empty>
          ) : (
            <Alert tone="warning" title={`${counted(ours.length, "interface")} not as the configuration says`}>
              Bringing an interface up again heals it: what is as it should be is not touched.
            </Alert>
          )}
          {differing.map((checked) => (
            <Checked page={page} checked={checked} link={status.interfaces.find(({ name }) => name === checked.name)} />
          ))}
        </>
      );
    },
  });
}

export const checkPage: Page = { path: checkPath, render };
