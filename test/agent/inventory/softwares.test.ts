import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ocsTime } from "../../../src/agent/inventory/collector.ts";
import { dpkg } from "../../../src/agent/inventory/dpkg.ts";
import { parseRpm, rpm } from "../../../src/agent/inventory/rpm.ts";
import { Problem } from "../../../src/problem.ts";
import { fakeReader } from "./fake-reader.ts";

const status = `Package: bash
Essential: yes
Status: install ok installed
Section: shells
Installed-Size: 7176
Maintainer: Matthias Example <doko@example.org>
Architecture: amd64
Multi-Arch: foreign
Version: 5.2.15-2+b8
Conffiles:
 /etc/bash.bashrc 89269e1298235f1b12b4c16e4065ad0d
Description: GNU Bourne Again SHell
 Bash is an sh-compatible command language interpreter.
 Version: not this one
 .
 Status: nor this

Package: libc6
Status: hold ok installed
Architecture: amd64
Multi-Arch: same
Version: 2.36-9

Package: gone
Status: deinstall ok config-files
Architecture: all
Version: 1

Package: broken
Status: install ok half-installed
Version: 2
`;

describe("dpkg", () => {
  it("lists what is installed, with the time it was unpacked", async () => {
    const info = "/var/lib/dpkg/info";
    const files = { "/var/lib/dpkg/status": status, [`${info}/bash.list`]: "", [`${info}/libc6:amd64.list`]: "" };
    const { sections } = dpkg.parse(await dpkg.read(fakeReader({ files })));
    assert.deepEqual(sections.SOFTWARES, [
      {
        NAME: "bash",
        VERSION: "5.2.15-2+b8",
        ARCHITECTURE: "amd64",
        PUBLISHER: "Matthias Example",
        COMMENTS: "GNU Bourne Again SHell",
        SECTION: "shells",
        FILESIZE: 7_348_224,
        INSTALLDATE: ocsTime(1_700_000_000_000),
        FROM: "deb",
      },
      { NAME: "libc6", VERSION: "2.36-9", ARCHITECTURE: "amd64", INSTALLDATE: ocsTime(1_700_000_000_000), FROM: "deb" },
    ]);
  });

  it("reads the lists of images that have no dpkg", async () => {
    const files = {
      "/var/lib/dpkg/status.d/tzdata": "Package: tzdata\nVersion: 2024a\n",
      "/var/lib/dpkg/status.d/tzdata.md5sums": "Package: no\n",
    };
    const { sections } = dpkg.parse(await dpkg.read(fakeReader({ files })));
    assert.deepEqual(sections.SOFTWARES, [{ NAME: "tzdata", VERSION: "2024a", FROM: "deb" }]);
  });
});

describe("rpm", () => {
  it("parses what its query prints", () => {
    const text =
      "gpg-pubkey\t(none)\t1-2\t1700000000\t0\t(none)\tkey\tPublic Keys\n" +
      "bash\tx86_64\t5.2-1.el9\t1700000000\t7738778\tExample Ltd\tThe GNU shell\tUnspecified\n" +
      "perl\tnoarch\t4:5.32-1\t0\t5\t(none)\t(none)\t(none)\n";
    assert.deepEqual(parseRpm(text), [
      {
        NAME: "bash",
        VERSION: "5.2-1.el9",
        ARCHITECTURE: "x86_64",
        PUBLISHER: "Example Ltd",
        COMMENTS: "The GNU shell",
        FILESIZE: 7_738_778,
        INSTALLDATE: ocsTime(1_700_000_000_000),
        FROM: "rpm",
      },
      { NAME: "perl", VERSION: "4:5.32-1", ARCHITECTURE: "noarch", FILESIZE: 5, FROM: "rpm" },
    ]);
  });

  it("is run only where there is a database, and its absence is told", async () => {
    const without = fakeReader({ files: { "/var/lib/rpm/.rpm.lock": "" } });
    assert.equal(await rpm.read(without), "");
    assert.deepEqual(without.ran, []);
    const orphan = fakeReader({ files: { "/var/lib/rpm/rpmdb.sqlite": "" } });
    await assert.rejects(rpm.read(orphan), (error) => error instanceof Problem && error.code === "missing");
  });
});
