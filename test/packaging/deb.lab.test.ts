/** What is in the Debian package, and how it is made. */
import { beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commandLine } from "../../cmd/commands.ts";
import { binary } from "../lab/console.ts";
import { buildPackage, output, packageFiles, scratch, skipWithout, thePackage, tool, top } from "./package.ts";

const minute = 60_000;

function digest(path: string): string {
  return new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex");
}

describe.skipIf(skipWithout("Debian package", ["dpkg-deb", "gzip", "git"]))("package", () => {
  let file: string;
  let files: string;
  beforeAll(async () => {
    file = await thePackage();
    files = await packageFiles();
  }, minute);

  test("every file stands in its place, owned by root, with a mode that lets nobody else write", async () => {
    const listed = (await output(["dpkg-deb", "-c", file])).trimEnd().split("\n");
    const entries = listed.map((line) => line.split(/\s+/)).map(([mode, owner, , , , path]) => ({ mode, owner, path }));
    expect(entries.filter(({ owner }) => owner !== "root/root")).toEqual([]);
    const modes = entries.map(({ mode, path }) => [path?.endsWith("/") ? "folder" : path, mode]);
    expect(new Set(modes.filter(([path]) => path === "folder").map(([, mode]) => mode))).toEqual(
      new Set(["drwxr-xr-x"]),
    );
    const plain = modes.filter(([path]) => path !== "folder");
    const pages = plain.filter(([path]) => path?.startsWith("./usr/share/man/"));
    const commands = commandLine().definitions();
    expect(pages.length).toBe(commands.length + 2);
    expect(plain.filter(([path]) => !path?.startsWith("./usr/share/man/"))).toEqual([
      ["./etc/reeve/config.yml", "-rw-r--r--"],
      ["./lib/systemd/system/reeve-agent.service", "-rw-r--r--"],
      ["./lib/systemd/system/reeve-backend.service", "-rw-r--r--"],
      ["./lib/systemd/system/reeve-daemon.service", "-rw-r--r--"],
      ["./lib/systemd/system/reeve-listener.service", "-rw-r--r--"],
      ["./lib/systemd/system/reeve-netconf-wait-online.service", "-rw-r--r--"],
      ["./lib/systemd/system/reeve-netconf.service", "-rw-r--r--"],
      ["./usr/bin/reeve", "-rwxr-xr-x"],
      ["./usr/share/bash-completion/completions/reeve", "-rw-r--r--"],
      ["./usr/share/doc/reeve/README.Debian", "-rw-r--r--"],
      ["./usr/share/doc/reeve/changelog.gz", "-rw-r--r--"],
      ["./usr/share/doc/reeve/copyright", "-rw-r--r--"],
      ["./usr/share/fish/vendor_completions.d/reeve.fish", "-rw-r--r--"],
      ["./usr/share/lintian/overrides/reeve", "-rw-r--r--"],
      ["./usr/share/zsh/vendor-completions/_reeve", "-rw-r--r--"],
    ]);
  });

  test("the binary is the built one, unstripped, and runs", async () => {
    expect(digest(join(files, "usr/bin/reeve"))).toBe(digest(binary));
    expect(await output([join(files, "usr/bin/reeve"), "--version"])).toMatch(/^reeve \d+\.\d+\.\d+ \(/);
  });

  test("the same inputs make the same package", async () => {
    expect(digest(await buildPackage("1.2.3"))).toBe(digest(file));
  });

  test("control: architecture, version, C library, and the configuration as conffile", async () => {
    const field = async (name: string) => (await output(["dpkg-deb", "-f", file, name])).trim();
    expect(await field("Architecture")).toBe((await output(["dpkg", "--print-architecture"])).trim());
    expect(await field("Version")).toBe("1.2.3");
    expect(await field("Depends")).toContain("libc6 (>= 2.17)");
    expect(
      await output(["dpkg-deb", "--ctrl-tarfile", file]).then((tar) => tar.includes("/etc/reeve/config.yml\n")),
    ).toBe(true);
  });

  test.skipIf(skipWithout("lintian", ["lintian"]))(
    "lintian has neither errors nor warnings",
    async () => {
      const begun = performance.now();
      const { status, stdout, stderr } = await tool([
        // Spelling is looked for in every text of Bun's runtime, which takes most of the time and finds no error.
        ...["lintian", "--allow-root", "--profile", "debian", "-X", "binaries/spelling"],
        ...["--fail-on", "error,warning", file],
      ]);
      expect([stdout + stderr, status]).toEqual(["", 0]);
      console.log(`lintian: ${((performance.now() - begun) / 1000).toFixed(0)} s`);
    },
    2 * minute,
  );

  test("the copyright names every package that is bundled", () => {
    const text = readFileSync(join(files, "usr/share/doc/reeve/copyright"), "utf8");
    const dependencies = (name: string): string[] => {
      const path = name === "" ? "package.json" : join("node_modules", name, "package.json");
      const own = JSON.parse(readFileSync(join(top, path), "utf8")).dependencies ?? {};
      return Object.keys(own).flatMap((each) => [each, ...dependencies(each)]);
    };
    const bundled = [...new Set(dependencies(""))];
    expect(bundled.length).toBeGreaterThan(6);
    expect(bundled.filter((name) => !text.includes(`node_modules/${name}/*`))).toEqual([]);
  });

  test("another machine's binary makes that machine's package; what is for no Debian is refused", async () => {
    const elf = (machine: number, loader: string) => {
      const bytes = Buffer.alloc(4096);
      bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
      bytes.writeUInt16LE(machine, 18);
      bytes.write(loader, 1024, "latin1");
      const path = join(scratch("elf"), "reeve");
      writeFileSync(path, bytes, { mode: 0o755 });
      return path;
    };
    const build = (path: string, env: Record<string, string>) =>
      tool([join(top, "packaging", "build-deb"), "1.2.3", path], { env: { OUTPUT: scratch("deb"), ...env } });
    const arm = elf(0xb7, "/lib/ld-linux-aarch64.so.1");
    const made = await build(arm, { REEVE: binary, DEB_COMPRESSION: "-Znone" });
    expect(made.stdout).toMatch(/reeve_1\.2\.3_arm64\.deb/);
    const path = made.stdout.replace(/: \d+ MiB\s*$/, "");
    expect((await output(["dpkg-deb", "-f", path, "Architecture"])).trim()).toBe("arm64");

    const own = (await output(["dpkg", "--print-architecture"])).trim();
    if (own !== "arm64") expect((await build(arm, {})).stderr).toContain("cannot run here");
    expect((await build(elf(0x3e, "/lib/ld-musl-x86_64.so.1"), {})).stderr).toContain(
      "does not use Debian's C library",
    );
    expect((await build(elf(0x16, "/lib/ld64.so.1"), {})).stderr).toContain("has no package");
    expect((await build(join(top, "Makefile"), {})).stderr).toContain("no ELF binary");
  });
});
