/**
 * Several writers that change a directory at random, each change acknowledged before the writer's next one, whether or
 * not the server is killed meanwhile.
 */
import { Client, ResultCodeError } from "ldapts";
import { change, type SlapdLab } from "../lab/slapd.ts";

type Kind = "ou" | "person" | "group";
export const secret = "{CLEARTEXT}correct horse battery";

const most: Record<Kind, number> = { ou: 16, person: 70, group: 6 };
const deepest = 6;
const names = ["x", "Ärger", "a\\, b", "c\\+d", "e\\=f", 'g\\"h', "日本", "\\#i", "j k"];

export class Load {
  /** By kind of change. */
  readonly acknowledged: Record<string, number> = {};
  /** Under way when the server went: maybe done, maybe not. */
  doubts = 0;
  refused = 0;
  readonly #lab: SlapdLab;
  readonly #next: () => number;
  readonly #known = new Map<string, Kind>();
  readonly #writers: Promise<void>[] = [];
  #going = false;
  #serial = 0;

  constructor(lab: SlapdLab, next: () => number) {
    this.#lab = lab;
    this.#next = next;
  }

  /** @param pause mean milliseconds between two changes of one writer */
  start(writers: number, pause: number): void {
    this.#going = true;
    for (let count = 0; count < writers; count++) this.#writers.push(this.#write(pause));
  }

  /** Resolves when every writer has had the answer to its last change. */
  async stop(): Promise<void> {
    this.#going = false;
    await Promise.all(this.#writers.splice(0));
  }

  get total(): number {
    return Object.values(this.acknowledged).reduce((sum, count) => sum + count, 0);
  }

  async #write(pause: number): Promise<void> {
    let client: Client | undefined;
    while (this.#going) {
      try {
        if (!client) {
          client = await this.#connect();
          await this.#look(client);
        }
        await this.#act(client);
      } catch {
        // The server is gone.
        client?.unbind().catch(() => undefined);
        client = undefined;
      }
      await Bun.sleep(2 * pause * this.#next());
    }
    await client?.unbind().catch(() => undefined);
  }

  async #connect(): Promise<Client> {
    const client = new Client({ url: this.#lab.uri, timeout: 20_000 });
    await client.bind(this.#lab.admin, this.#lab.password);
    return client;
  }

  /** What there is; others may change it meanwhile. */
  async #look(client: Client): Promise<void> {
    const { searchEntries } = await client.search(this.#lab.suffix, { attributes: ["objectClass"] });
    this.#known.clear();
    for (const { dn, objectClass } of searchEntries) {
      const kind = [objectClass].flat().includes("groupOfNames") ? "group" : /^uid=/.test(dn) ? "person" : "ou";
      if (dn !== this.#lab.suffix) this.#known.set(dn, kind);
    }
  }

  async #act(client: Client): Promise<void> {
    const dice = this.#next() * 100;
    const person = this.#pick("person");
    if (!person || dice < 16) return this.#create(client, this.#countOf("person") < most.person ? "person" : undefined);
    if (dice < 19) return this.#create(client, this.#countOf("group") < most.group ? "group" : undefined);
    if (dice < 24) return this.#create(client, this.#countOf("ou") < most.ou ? "ou" : undefined);
    if (dice < 48) return this.#modify(client, person);
    if (dice < 58) return this.#changeGroup(client);
    if (dice < 66) return void (await this.#move(client, person, `uid=${this.#name()}`, parentOf(person)));
    if (dice < 74) return void (await this.#move(client, person, rdnOf(person), this.#parent()));
    if (dice < 77) return void (await this.#move(client, person, flipped(rdnOf(person)), parentOf(person)));
    if (dice < 80) return this.#swap(client, person, this.#pick("person"));
    if (dice < 88) return this.#moveTree(client, this.#pick("ou"));
    if (dice < 90) return this.#deleteTree(client, this.#pick("ou"));
    if (dice < 95) return void (await this.#delete(client, person));
    if (await this.#delete(client, person)) await this.#add(client, person, "person");
  }

  /** Without room for another of the kind, one that is there is modified. */
  async #create(client: Client, kind: Kind | undefined): Promise<void> {
    if (kind === undefined) return this.#modify(client, this.#pick("person")!);
    const type = { ou: "ou", person: "uid", group: "cn" }[kind];
    await this.#add(client, `${type}=${this.#name()},${this.#parent()}`, kind);
  }

  async #add(client: Client, dn: string, kind: Kind): Promise<boolean> {
    const anybody = () => this.#pick("person") ?? this.#lab.suffix;
    const attributes: Record<Kind, Record<string, string | string[]>> = {
      ou: { objectClass: "organizationalUnit" },
      person: {
        ...{ objectClass: "inetOrgPerson", cn: this.#text(), sn: "s", employeeType: this.#next() < 0.5 ? "a" : "b" },
        ...{ description: this.#text(), userPassword: secret },
      },
      group: { objectClass: "groupOfNames", member: [...new Set([anybody(), anybody(), anybody()])] },
    };
    return this.#do(`add ${kind}`, dn, async () => {
      await client.add(dn, attributes[kind]);
      this.#known.set(dn, kind);
    });
  }

  async #modify(client: Client, dn: string): Promise<void> {
    const dice = this.#next();
    const bytes = Buffer.from(Array.from({ length: 1 + 40 * this.#next() }, () => 256 * this.#next()));
    const changes =
      dice < 0.5
        ? [change("replace", "description", [this.#text(), this.#text()])]
        : dice < 0.75
          ? [change("replace", "employeeType", [this.#next() < 0.5 ? "a" : "b"])]
          : dice < 0.85
            ? [change("replace", "audio", [bytes])]
            : dice < 0.95
              ? [change("add", "telephoneNumber", [`+49 ${Math.floor(this.#next() * 30)}`])]
              : [change("replace", "telephoneNumber", []), change("replace", "description", ["long ".repeat(2000)])];
    await this.#do("modify", dn, () => client.modify(dn, changes));
  }

  async #changeGroup(client: Client): Promise<void> {
    const group = this.#pick("group");
    if (!group) return;
    const operation = this.#next() < 0.6 ? "add" : "delete";
    const member = this.#pick("person") ?? this.#lab.suffix;
    await this.#do("group", group, () => client.modify(group, [change(operation, "member", [member])]));
  }

  #move(client: Client, dn: string, rdn: string, parent: string): Promise<boolean> {
    const to = `${rdn},${parent}`;
    if (to === dn) return Promise.resolve(false);
    return this.#do(dn.toLowerCase() === to.toLowerCase() ? "case" : "move", dn, async () => {
      await client.modifyDN(dn, to);
      for (const [other, kind] of [...this.#known]) {
        if (other !== dn && !other.endsWith(`,${dn}`)) continue;
        this.#known.delete(other);
        this.#known.set(other.slice(0, other.length - dn.length) + to, kind);
      }
    });
  }

  async #moveTree(client: Client, ou: string | undefined): Promise<void> {
    if (!ou) return;
    const dice = this.#next();
    if (dice < 0.4) await this.#move(client, ou, `ou=${this.#name()}`, parentOf(ou));
    else if (dice < 0.5) await this.#move(client, ou, flipped(rdnOf(ou)), parentOf(ou));
    else {
      const parent = this.#parent();
      if (parent !== ou && !parent.endsWith(`,${ou}`)) await this.#move(client, ou, rdnOf(ou), parent);
    }
  }

  async #swap(client: Client, one: string, other: string | undefined): Promise<void> {
    if (!other || one === other) return;
    const aside = `uid=${this.#name()}`;
    if (!(await this.#move(client, one, aside, parentOf(one)))) return;
    if (!(await this.#move(client, other, rdnOf(one), parentOf(one)))) return;
    await this.#move(client, `${aside},${parentOf(one)}`, rdnOf(other), parentOf(other));
  }

  async #delete(client: Client, dn: string): Promise<boolean> {
    return this.#do("delete", dn, async () => {
      await client.del(dn);
      this.#known.delete(dn);
    });
  }

  /** Leaves first; others may add something meanwhile. */
  async #deleteTree(client: Client, ou: string | undefined): Promise<void> {
    if (!ou) return;
    const all = [...this.#known.keys()].filter((dn) => dn === ou || dn.endsWith(`,${ou}`));
    if (all.length > 12) return;
    for (const dn of all.sort((a, b) => b.length - a.length)) await this.#delete(client, dn);
  }

  /** @throws what says that the server is gone; a refusal is none */
  async #do(kind: string, dn: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      this.acknowledged[kind] = (this.acknowledged[kind] ?? 0) + 1;
      return true;
    } catch (error) {
      if (!(error instanceof ResultCodeError)) {
        this.doubts++;
        throw error;
      }
      this.refused++;
      if (error.code === 32) this.#known.delete(dn);
      return false;
    }
  }

  #countOf(kind: Kind): number {
    let count = 0;
    for (const other of this.#known.values()) if (other === kind) count++;
    return count;
  }

  #pick(kind: Kind): string | undefined {
    const all = [...this.#known].filter(([, other]) => other === kind);
    return all[Math.floor(this.#next() * all.length)]?.[0];
  }

  #parent(): string {
    const ou = this.#next() < 0.2 ? undefined : this.#pick("ou");
    return ou && ou.split(/(?<!\\),/).length < deepest ? ou : this.#lab.suffix;
  }

  #name(): string {
    const special = this.#next() < 0.2 ? ` ${names[Math.floor(this.#next() * names.length)]}` : "";
    return `n${++this.#serial}${special}`;
  }

  #text(): string {
    return `text ${++this.#serial}`;
  }
}

const comma = /(?<!\\),/;

function rdnOf(dn: string): string {
  return dn.split(comma, 1)[0] ?? "";
}

function parentOf(dn: string): string {
  return dn.slice(rdnOf(dn).length + 1);
}

/** The value in other letters. */
function flipped(rdn: string): string {
  const [type = "", value = ""] = rdn.split(/=(.*)/s);
  return `${type}=${value === value.toUpperCase() ? value.toLowerCase() : value.toUpperCase()}`;
}
