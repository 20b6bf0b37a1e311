// What comes by itself: streams of events (live.js stands before console.js in one script).

/** Milliseconds of silence after which a stream is lost: the server says every 5 s that it is still there, and who is cut
 *  off by a changed address or a pulled cable is told nothing at all. */
const longestSilence = 15_000;
/** Milliseconds until it is tried again, and again. */
const pauseAfter = (tries) => Math.min(10_000, 1000 * 2 ** tries);
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

function said(event) {
  try {
    return JSON.parse(event.data);
  } catch {
    return { message: event.data };
  }
}

/**
 * Opens a stream.
 * @param on `partial(data)`; `alive()` whenever anything comes; `over()` when it has ended in order, or
 *   `lost(why, answered)`, answered when the server itself has said so. One of these two, once
 * @returns closes it: nothing more is told
 */
function openStream(address, on) {
  const source = new EventSource(address);
  let timer;
  const close = () => {
    source.close();
    clearTimeout(timer);
  };
  const lost = (why, answered) => {
    close();
    on.lost(why, answered);
  };
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => lost("nothing comes any more", false), longestSilence);
  };
  const alive = () => {
    wait();
    on.alive?.();
  };
  const partial = (event) => {
    alive();
    on.partial(said(event));
  };
  source.addEventListener("open", alive);
  source.addEventListener("beat", alive);
  source.addEventListener("message", partial);
  source.addEventListener("partial", partial);
  source.addEventListener("result", () => {
    close();
    on.over();
  });
  source.addEventListener("problem", (event) => lost(said(event)?.message ?? "it failed", true));
  source.addEventListener("error", () => lost("the connection was lost", false));
  wait();
  return close;
}

// --- Live lists -------------------------------------------------------------------------------------------------
const keptLines = 1000;

// biome-ignore lint/correctness/noUnusedVariables: console.js calls it, in the same script.
function follow(live) {
  if (live.dataset.following) return;
  live.dataset.following = "yes";
  const log = live.querySelector("[role=log]");
  const list = log.querySelector("ol");
  const bar = live.querySelector("progress");
  const state = live.querySelector(".live-state");
  // A command is not to run twice because its connection was lost, unless it can go on where it was.
  const resumes = live.hasAttribute("data-resumes");
  const over = new AbortController();
  let mark = "now";
  let since;
  let tries = 0;
  let close = () => {};
  let again;
  const show = (text, tone) => {
    if (state.textContent !== text) state.textContent = text;
    state.className = `live-state ${tone}`;
  };
  const end = (text, tone) => {
    show(text, tone);
    if (bar && tone === "good") bar.value = 100;
    else bar?.remove();
  };
  const add = (text, gap, at) => {
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    const line = document.createElement("li");
    line.textContent = text;
    if (typeof at === "number") {
      const time = document.createElement("time");
      time.textContent = `${clock.format(at)} `;
      line.prepend(time);
    }
    if (gap) line.className = "gap";
    list.append(line);
    while (list.children.length > keptLines) list.firstElementChild.remove();
    if (atEnd) log.scrollTop = log.scrollHeight;
  };
  const lost = (why) => {
    if (!resumes) return end(sentence(why), "bad");
    if (!since) {
      since = new Date();
      add(`Cut off at ${clock.format(since)}: ${why}`, true);
    }
    if (bar) bar.hidden = true;
    show(`Cut off since ${clock.format(since)}: ${why}. It is tried again by itself.`, "bad");
    again = setTimeout(connect, pauseAfter(tries++));
  };
  const partial = (data) => {
    mark = data?.mark ?? mark;
    tries = 0;
    if (since) add(`Here again at ${clock.format()}`, true);
    since = undefined;
    if (bar) {
      bar.hidden = false;
      if (typeof data?.percent === "number") bar.value = data.percent;
    }
    const text = data?.message ?? JSON.stringify(data);
    const gap = data?.what === "mark";
    if (text !== "") add(text, gap, gap ? undefined : data?.at);
    show(resumes ? "What happens comes by itself." : "Running …", "muted");
  };
  const connect = () => {
    clearTimeout(again);
    close();
    const address = new URL(live.dataset.stream, location.href);
    if (resumes) address.searchParams.set("after", mark);
    close = openStream(address.href, { partial, lost, over: () => (resumes ? connect() : end("Done", "good")) });
  };
  connect();
  window.addEventListener("online", () => since && connect(), { signal: over.signal });
  // The page may be swapped away while the command runs: then nobody listens, and the daemon cancels it.
  const gone = new MutationObserver(() => {
    if (live.isConnected) return;
    clearTimeout(again);
    close();
    over.abort();
    gone.disconnect();
  });
  gone.observe(document.body, { childList: true, subtree: true });
}

function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// --- Parts that are kept current: asked for anew whenever their stream says that something has changed --------------
const streams = new Map();
/** How often the stream of a part was lost since it was there, and when it was lost first. */
const losses = new WeakMap();

function keepCurrent() {
  // Nobody looks: nobody asks, and the session may end in peace.
  const wanted = document.hidden ? [] : all("[data-current]");
  for (const [part, { stream, close }] of streams) {
    if (wanted.includes(part) && part.dataset.current === stream) continue;
    close();
    streams.delete(part);
  }
  for (const part of wanted) if (!streams.has(part)) listen(part);
}

function listen(part) {
  const stream = part.dataset.current;
  const entry = { stream };
  const again = (wait) => {
    if (streams.get(part) === entry) streams.delete(part);
    setTimeout(keepCurrent, wait);
  };
  streams.set(part, entry);
  entry.close = openStream(stream, {
    alive() {
      losses.delete(part);
      part.classList.remove("lost");
    },
    partial: () => part.isConnected && htmx.trigger(part, "current"),
    over: () => again(1000),
    lost(_, answered) {
      if (answered) return again(10_000);
      const { tries, since } = losses.get(part) ?? { tries: 0, since: new Date() };
      losses.set(part, { tries: tries + 1, since });
      for (const time of all("[data-lost]", part)) time.textContent = clock.format(since);
      part.classList.add("lost");
      again(pauseAfter(tries));
    },
  });
}

window.addEventListener("online", keepCurrent);
