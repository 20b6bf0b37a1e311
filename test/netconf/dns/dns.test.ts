/** Who is told, and how: programs are scripts here that write down what they were called with. */
import { beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type DnsOptions, dnsHere } from "../../../src/netconf/dns/dns.ts";
import { mark, nothingBrought } from "../../../src/netconf/dns/merge.ts";
import { temporaryFolder } from "../../lab/folder.ts";

const lab = { servers: ["192.0.2.1", "fe80::1%eth0"], search: ["lab.test", "~corp.test"], options: ["edns0", "x y"] };
const { signal } = new AbortController();

describe("who is told of name servers", () => {
  let folder = "";
  let path = "";
  const program = (name: string, ending = "exit 0") => {
    const script = `#!/bin/sh\n{ echo "${name} $*"; cat; } >> ${folder}/calls\n${ending}\n`;
    writeFileSync(join(folder, "bin", name), script, { mode: 0o755 });
  };
  const here = (options: Partial<DnsOptions> = {}) => {
    const find = (name: string) => ["resolvconf", "resolvectl"].find((one) => one === name && present(name));
    const present = (one: string) => Bun.file(join(folder, "bin", one)).size > 0;
    const found = (name: string) => (find(name) ? join(folder, "bin", name) : undefined);
    const paths = { path, run: join(folder, "run"), state: join(folder, "state"), socket: join(folder, "socket") };
    return dnsHere({ by: "auto", ...paths, find: found, ...options });
  };
  const calls = () => readFileSync(join(folder, "calls"), "utf8").trimEnd().split("\n");
  beforeEach(() => {
    folder = temporaryFolder("dns");
    mkdirSync(join(folder, "bin"));
    path = join(folder, "resolv.conf");
  });

  test("nobody else: the file", async () => {
    const dns = here();
    expect(dns.by).toBe("file");
    await dns.set("eth0", lab, signal);
    expect(readFileSync(path, "utf8")).toBe(
      `${mark}\nnameserver 192.0.2.1\nnameserver fe80::1%eth0\nsearch lab.test\noptions edns0\n`,
    );
  });

  test("another manager's file is left to it", () => {
    symlinkSync("/run/NetworkManager/resolv.conf", path);
    expect(here().by).toBe("none");
    expect(here({ by: "file" }).by).toBe("file");
  });

  test("resolvconf: a record for each interface", async () => {
    program("resolvconf");
    const dns = here();
    expect(dns.by).toBe("resolvconf");
    await Promise.all([dns.set("eth0", lab, signal), dns.set("eth0", nothingBrought, signal)]);
    expect(calls()).toEqual([
      ...["resolvconf -a eth0.reeve", "nameserver 192.0.2.1", "nameserver fe80::1%eth0", "search lab.test"],
      ...["options edns0", "resolvconf -d eth0.reeve"],
    ]);
  });

  test("systemd-resolved, where it runs; its resolvconf is no resolvconf where it does not", async () => {
    program("resolvectl");
    symlinkSync(join(folder, "bin", "resolvectl"), join(folder, "bin", "resolvconf"));
    expect(here().by).toBe("file");
    writeFileSync(join(folder, "socket"), "");
    const dns = here();
    expect(dns.by).toBe("resolved");
    await dns.set("eth0", lab, signal);
    await dns.set("eth0", { ...lab, search: [] }, signal);
    await dns.set("eth0", nothingBrought, signal);
    expect(calls()).toEqual([
      ...["resolvectl dns eth0 192.0.2.1 fe80::1%eth0", "resolvectl domain eth0 lab.test ~corp.test"],
      ...["resolvectl dns eth0 192.0.2.1 fe80::1%eth0", "resolvectl domain eth0 ", "resolvectl revert eth0"],
    ]);
  });

  test("systemd-resolved, where the file is its own, though it does not run yet", () => {
    symlinkSync("/run/systemd/resolve/stub-resolv.conf", path);
    expect(here().by).toBe("none");
    program("resolvectl");
    expect(here().by).toBe("resolved");
  });

  test("a program that fails is a problem with its words, and no end of the next", async () => {
    program("resolvconf", "echo 'it is \u001b[31mbroken' >&2; exit 3");
    const dns = here();
    const failure = dns.set("eth0", lab, signal);
    await expect(failure).rejects.toMatchObject({ code: "child-failed" });
    await failure.catch(({ message }) => {
      expect(message).toContain("-a eth0.reeve ended with 3: it is ?[31mbroken");
    });
    program("resolvconf");
    await dns.set("eth1", nothingBrought, signal);
    expect(calls().at(-1)).toBe("resolvconf -d eth1.reeve");
  });

  test("a link that has gone took with it what resolved knew of it", async () => {
    writeFileSync(join(folder, "socket"), "");
    program("resolvectl", "echo 'Failed to resolve interface \"eth0\": No such device' >&2; exit 1");
    await here().set("eth0", nothingBrought, signal);
    await expect(here().set("eth0", lab, signal)).rejects.toMatchObject({ code: "child-failed" });
  });

  test("one that was named and is not installed", async () => {
    rmSync(join(folder, "bin"), { recursive: true });
    const find = () => undefined;
    await expect(here({ by: "resolvconf", find }).set("eth0", lab, signal)).rejects.toMatchObject({ code: "missing" });
    await here({ by: "none" }).set("eth0", lab, signal);
  });
});
