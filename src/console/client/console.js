// What pages cannot do with HTML and htmx alone. Everything here is an improvement: without it, pages still work.
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// --- Light and dark ---------------------------------------------------------------------------------------------
const prefersDark = matchMedia("(prefers-color-scheme: dark)");
const themeKey = "reeve-theme";

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : prefersDark.matches;
}

function showTheme() {
  for (const toggle of all("[data-theme-toggle]")) toggle.setAttribute("aria-pressed", String(isDark()));
}

function toggleTheme() {
  const wanted = isDark() ? "light" : "dark";
  // Back at what the system prefers: follow it again.
  const follows = (wanted === "dark") === prefersDark.matches;
  if (follows) delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = wanted;
  try {
    if (follows) localStorage.removeItem(themeKey);
    else localStorage.setItem(themeKey, wanted);
  } catch {
    // Storage may be forbidden: the choice then lasts for this page.
  }
  showTheme();
}

// --- Times ------------------------------------------------------------------------------------------------------
const relative = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" });
const local = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const steps = Object.entries({ year: 31557600, month: 2629800, day: 86400, hour: 3600, minute: 60 });

function showTimes() {
  for (const element of all("time[data-relative]")) {
    const date = new Date(element.dateTime);
    const seconds = Math.round((date - Date.now()) / 1000);
    const step = steps.find(([, length]) => Math.abs(seconds) >= length);
    element.textContent = step ? relative.format(Math.trunc(seconds / step[1]), step[0]) : "just now";
    element.title = local.format(date);
  }
  for (const element of all("time[data-local]")) element.textContent = local.format(new Date(element.dateTime));
}

// --- Selected rows ----------------------------------------------------------------------------------------------
function ticks(form) {
  return all("tbody .select input[type=checkbox]", form);
}

function showSelection(form) {
  const boxes = ticks(form);
  const ticked = boxes.filter((box) => box.checked).length;
  const every = form.querySelector("[data-select-all]");
  if (every) {
    every.hidden = false;
    every.checked = ticked > 0 && ticked === boxes.length;
    every.indeterminate = ticked > 0 && ticked < boxes.length;
  }
  const count = form.querySelector("[data-selected-count]");
  if (count) count.textContent = ticked === 0 ? "Select rows to act on them" : `${ticked} selected`;
  for (const button of all("button[data-needs]", form)) button.disabled = ticked < Number(button.dataset.needs);
}

// --- Tabs (ARIA practice: arrows move, Enter and Space choose) -----------------------------------------------------
function showTabs(list) {
  const tabs = all("[role=tab]", list);
  for (const tab of tabs) tab.tabIndex = tab.getAttribute("aria-selected") === "true" ? 0 : -1;
  const chosen = tabs.find((tab) => tab.tabIndex === 0);
  if (chosen) {
    const left = chosen.offsetLeft - list.offsetLeft;
    if (left < list.scrollLeft || left + chosen.offsetWidth > list.scrollLeft + list.clientWidth)
      list.scrollLeft = left - (list.clientWidth - chosen.offsetWidth) / 2;
  }
}

function tabKey(event, tab) {
  const tabs = all("[role=tab]", tab.closest("[role=tablist]"));
  const at = tabs.indexOf(tab);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
  if (to !== undefined) tabs[(to + tabs.length) % tabs.length].focus();
  else if (event.key === " ") tab.click();
  else return;
  event.preventDefault();
}

// --- Countdowns: by the time that was left when the page came, whatever the clock here says ---------------------------
const ends = new WeakMap();

function showCountdowns() {
  for (const element of all("[data-countdown]")) {
    const drawn = element.dataset.countdown;
    if (ends.get(element)?.drawn !== drawn) ends.set(element, { drawn, at: Date.now() + Number(drawn) });
    const seconds = Math.max(0, Math.ceil((ends.get(element).at - Date.now()) / 1000));
    const text = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    element.textContent = seconds > 0 ? text : element.dataset.over;
    element.closest(".alert")?.classList.toggle("over", seconds === 0);
  }
}

// --- Moments: written in UTC, entered in the time of who enters them --------------------------------------------------
function showMoments() {
  for (const input of all("input[data-moment]")) {
    for (const label of input.labels) label.querySelector("[data-zone]")?.remove();
    const date = new Date(input.dataset.moment);
    if (input.dataset.shown === input.dataset.moment || Number.isNaN(date.getTime())) continue;
    input.dataset.shown = input.dataset.moment;
    input.value = new Date(date - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  }
}

document.addEventListener("formdata", (event) => {
  for (const input of all("input[data-moment]", event.target)) {
    const date = new Date(input.value);
    if (!Number.isNaN(date.getTime())) event.formData.set(input.name, date.toISOString().slice(0, 16));
  }
});

// --- Notice: what went wrong, over a page that stays as it is ---------------------------------------------------------
let noticeTimer;
function notify(text) {
  const notice = document.getElementById("notice");
  if (!notice) return;
  notice.textContent = text;
  notice.classList.add("shown");
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => notice.classList.remove("shown"), 8000);
}

// --- Events -----------------------------------------------------------------------------------------------------
function enhance() {
  showTheme();
  showTimes();
  for (const form of all("form[data-selection]")) showSelection(form);
  for (const list of all("[role=tablist]")) showTabs(list);
  for (const live of all("[data-stream]")) follow(live);
  showMoments();
  showCountdowns();
  keepCurrent();
}

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : undefined;
  if (target?.closest("[data-theme-toggle]")) toggleTheme();
  const close = target?.closest("[data-close-dialog]");
  const dialog = close?.closest("dialog");
  if (dialog) {
    event.preventDefault();
    dialog.close();
  }
  // A click on the backdrop has the dialog itself as target.
  if (target instanceof HTMLDialogElement) target.close();
});

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("form[data-selection]");
  if (!form) return;
  if (event.target.matches("[data-select-all]")) for (const box of ticks(form)) box.checked = event.target.checked;
  showSelection(form);
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const tab = event.target.closest?.("[role=tab]");
  if (tab) tabKey(event, tab);
});

// Addresses stay short: an empty search is none.
document.addEventListener("htmx:config:request", (event) => {
  const { request } = event.detail.ctx;
  if (request.method !== "GET") return;
  for (const [name, value] of [...request.body]) if (value === "") request.body.delete(name);
});

document.addEventListener("htmx:before:swap", (event) => {
  const { response, text, target } = event.detail.ctx;
  if (!response) return;
  // Logged out meanwhile: the daemon led to its login page, which is no part of this one.
  if (response.status === 401) {
    event.preventDefault();
    location.reload();
  } else if (response.raw.redirected && target !== document.body) {
    event.preventDefault();
    location.assign(response.raw.url);
  } else if (response.status >= 400 && target !== document.body) {
    event.preventDefault();
    const answer = new DOMParser().parseFromString(text, "text/html");
    notify(answer.querySelector(".problem-text")?.textContent || `The server answered ${response.status}.`);
  }
});

document.addEventListener("htmx:error", (event) => {
  if (event.detail.ctx) notify("The server does not answer. Try again in a moment.");
});

document.addEventListener("htmx:after:swap", (event) => {
  enhance();
  const dialog = document.getElementById("dialog");
  if (event.detail.ctx.target === dialog && dialog.childElementCount > 0 && !dialog.open) dialog.showModal();
});

document.addEventListener("visibilitychange", keepCurrent);
prefersDark.addEventListener("change", showTheme);
// What was just done is said once, not again at every reload.
const address = new URL(location.href);
if (address.searchParams.has("notice")) {
  address.searchParams.delete("notice");
  history.replaceState(history.state, "", address);
}

window.addEventListener("pageshow", enhance);
setInterval(showTimes, 60_000);
setInterval(showCountdowns, 1000);
enhance();
