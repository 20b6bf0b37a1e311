/** Things in the order in which they came, and by the devices they are of. What it gives out is never changed later. */
export class Shelf<Thing extends object> {
  #all: Thing[] = [];
  /** Nobody else has the array: it may grow. */
  #own = true;
  #at = new Map<string, readonly Thing[]>();
  readonly #devices: (thing: Thing) => readonly string[];

  constructor(devices: (thing: Thing) => readonly string[]) {
    this.#devices = devices;
  }

  get all(): readonly Thing[] {
    this.#own = false;
    return this.#all;
  }

  /** The same array as long as nothing of this device has changed. */
  at(device: string): readonly Thing[] {
    return this.#at.get(device) ?? nothing;
  }

  copy(): Shelf<Thing> {
    const copy = new Shelf(this.#devices);
    copy.#all = this.#all;
    this.#own = false;
    copy.#own = false;
    copy.#at = new Map(this.#at);
    return copy;
  }

  fill(things: readonly Thing[]): void {
    const at = new Map<string, Thing[]>();
    for (const thing of things) {
      for (const device of this.#devices(thing)) {
        const there = at.get(device);
        if (there) there.push(thing);
        else at.set(device, [thing]);
      }
    }
    this.#all = [...things];
    this.#own = true;
    this.#at = at;
  }

  /** In the place of the former one, if that is given. */
  put(after: Thing, before?: Thing): void {
    const all = this.#mine();
    const place = before ? all.indexOf(before) : -1;
    if (place < 0) all.push(after);
    else all[place] = after;
    const devices = this.#devices(after);
    for (const device of devices) {
      const there = this.at(device);
      const same = before !== undefined && there.includes(before);
      this.#at.set(device, same ? there.map((one) => (one === before ? after : one)) : [...there, after]);
    }
    if (before) for (const device of this.#devices(before)) if (!devices.includes(device)) this.#take(device, before);
  }

  /** These, in this order, in the places that they have now. */
  reorder(things: readonly Thing[]): void {
    const some = new Set(things);
    const left = [...things];
    this.fill(this.#all.map((one) => (some.has(one) ? (left.shift() as Thing) : one)));
  }

  drop(gone: readonly Thing[]): void {
    if (gone.length === 0) return;
    const all = this.#mine();
    for (const one of gone) {
      const place = all.lastIndexOf(one);
      if (place >= 0) all.splice(place, 1);
      for (const device of this.#devices(one)) this.#take(device, one);
    }
  }

  #mine(): Thing[] {
    if (!this.#own) this.#all = this.#all.slice();
    this.#own = true;
    return this.#all;
  }

  #take(device: string, thing: Thing): void {
    this.#at.set(
      device,
      this.at(device).filter((one) => one !== thing),
    );
  }
}

const nothing: readonly never[] = [];
