/** Feeds the console's directory cache: people and groups, for its search and its pages. */
import { Problem } from "../../problem.ts";
import { openStore, type Store } from "../../store/database.ts";
import { clearPeople, removePerson, savePerson } from "../../store/person.ts";
import { type Configuration, type Entry, Handler, Unavailable } from "../handler-api.ts";
import { directoryObject, peopleFilter } from "./person.ts";
import { configured, type ShippedStart } from "./shipped.ts";

class People extends Handler {
  readonly configuration: Configuration;
  readonly #start: ShippedStart;
  #opened: Promise<Store> | undefined;

  constructor(start: ShippedStart) {
    super();
    this.#start = start;
    this.configuration = {
      description: "feeds the console's directory cache with people and groups",
      ...configured(start, peopleFilter),
    };
  }

  override clean() {
    return this.#with(async (store) => void (await clearPeople(store, this.#start.source)));
  }

  override create(_dn: string, now: Entry) {
    return this.#save(now);
  }

  override modify(_dn: string, _old: Entry, now: Entry) {
    return this.#save(now);
  }

  override remove() {
    return this.#with((store) => removePerson(store, this.change?.uuid ?? ""));
  }

  #save(now: Entry): Promise<void> {
    const { change } = this;
    if (!change || change.uuid === "") return Promise.resolve();
    const place = { dn: change.dn, uuid: change.uuid, source: this.#start.source };
    const person = directoryObject(now, place, Date.now());
    return this.#with((store) => (person ? savePerson(store, person, Date.now()) : removePerson(store, place.uuid)));
  }

  async #with(work: (store: Store) => Promise<void>): Promise<void> {
    try {
      this.#opened ??= openStore(this.#start.database);
      await work(await this.#opened);
    } catch (error) {
      const problem = Problem.from(error);
      // The database is away, or not of this version yet: no fault of this entry.
      if (!["bad-request", "internal", "conflict"].includes(problem.code)) {
        const opened = this.#opened;
        this.#opened = undefined;
        await opened?.then((store) => store.close()).catch(() => undefined);
        throw new Unavailable(problem.message);
      }
      throw error;
    }
  }
}

export const people = (start: ShippedStart): Handler => new People(start);
