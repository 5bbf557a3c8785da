// Improves pages that work without it: live parts, the Page choice, questions before acts, relative times.
"use strict";

const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// Tables whose rows become cards would lose their meaning in some readers: say it again.
const TABLE_ROLES = { table: "table", thead: "rowgroup", tbody: "rowgroup", tr: "row", td: "cell", th: "columnheader" };
const nameTables = (root) =>
  Object.entries(TABLE_ROLES).forEach(([tag, role]) => all(tag, root).forEach((one) => one.setAttribute("role", role)));

// Relative times go on by themselves; the words are those of render.distance.
const STEPS = [[86400, "day"], [3600, "hour"], [60, "minute"]];
function distance(at, now) {
  const apart = Math.round((at - now) / 1000);
  for (const [step, unit] of STEPS) {
    const count = Math.floor(Math.abs(apart) / step);
    if (count >= 1) {
      const amount = `${count} ${unit}${count === 1 ? "" : "s"}`;
      return apart > 0 ? `in ${amount}` : `${amount} ago`;
    }
  }
  return apart > 0 ? "in a moment" : "just now";
}
// by the server's clock: the one here may be wrong
const AHEAD_MS = Date.parse(document.documentElement.dataset.now) - Date.now();
function tellTimes() {
  const now = Date.now() + AHEAD_MS;
  for (const time of all("time[data-relative]")) {
    const text = distance(Date.parse(time.dateTime), now);
    if (time.textContent !== text) time.textContent = text;
  }
}

// A form with data-confirm asks first; a dialog of our own, so that the words of its button say what it does.
function ask(text, label) {
  return new Promise((answer) => {
    const dialog = document.createElement("dialog");
    const [question, buttons, yes, no] = ["p", "div", "button", "button"].map((tag) => document.createElement(tag));
    dialog.className = "ask";
    dialog.setAttribute("aria-labelledby", "ask-text");
    question.id = "ask-text";
    question.textContent = text;
    no.textContent = "Cancel";
    no.className = "quiet";
    yes.textContent = label;
    yes.className = "primary";
    no.addEventListener("click", () => dialog.close("no"));
    yes.addEventListener("click", () => dialog.close("yes"));
    dialog.addEventListener("close", () => { dialog.remove(); answer(dialog.returnValue === "yes"); });
    buttons.append(no, yes);
    dialog.append(question, buttons);
    document.body.append(dialog);
    dialog.showModal();
    no.focus();
  });
}
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.dataset.confirm || form.dataset.confirmed) return;
  event.preventDefault();
  if (!(await ask(form.dataset.confirm, form.dataset.confirmLabel || "Go on"))) return;
  form.dataset.confirmed = "yes";
  form.requestSubmit(event.submitter);
});

// The Page choice: a filter, all of what is shown, and a count that is told.
function choosePages(form) {
  const [filter, every, count] = ["[data-filter]", "[data-check-all]", "[data-choose-count]"].map((one) => form.querySelector(one));
  const rows = all("#page-choices li", form).map((row) => ({
    row, box: row.querySelector("input"), name: row.querySelector(".page-choice-name").textContent.toLocaleLowerCase(),
  }));
  const selectable = rows.filter(({ box }) => !box.disabled);
  for (const part of all("[data-script-only]", form)) part.hidden = false;
  const shown = () => selectable.filter(({ row }) => !row.hidden);
  function tell() {
    const chosen = selectable.filter(({ box }) => box.checked).length;
    const here = shown();
    const ticked = here.filter(({ box }) => box.checked).length;
    count.textContent = `${chosen} of ${selectable.length} chosen`;
    every.checked = here.length > 0 && ticked === here.length;
    every.indeterminate = ticked > 0 && ticked < here.length;
  }
  filter.addEventListener("input", () => {
    const wanted = filter.value.trim().toLocaleLowerCase();
    let found = 0;
    for (const { row, name } of rows) {
      row.hidden = !name.includes(wanted);
      if (!row.hidden) found += 1;
    }
    form.querySelector("[data-no-match]").hidden = found > 0;
    tell();
  });
  filter.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  every.addEventListener("change", () => { for (const { box } of shown()) box.checked = every.checked; tell(); });
  form.addEventListener("change", tell);
  tell();
}

// Live parts: an event says that something changed, the page is fetched again and its parts are replaced.
const announced = (root) =>
  new Map(all("[data-announce]", root).map((one) => [one.id || one.dataset.live, one.dataset.announce]));
function isBusy(part) {
  const active = document.activeElement;
  return part.contains(active) && active.matches("input, select, textarea");
}
function replacePart(part, fresh) {
  const opened = new Map(all("details[id]", part).map((one) => [one.id, one.open]));
  const places = [...all("a[href], button, summary", part)];
  const place = places.indexOf(document.activeElement);
  part.replaceChildren(...fresh.childNodes);
  if (fresh.dataset.announce) part.dataset.announce = fresh.dataset.announce;
  for (const one of all("details[id]", part)) if (opened.has(one.id)) one.open = opened.get(one.id);
  if (place >= 0) all("a[href], button, summary", part)[place]?.focus({ preventScroll: true });
  nameTables(part);
}
async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" }, credentials: "same-origin" });
  if (answer.redirected && new URL(answer.url).pathname !== location.pathname) { location.reload(); return; }
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const before = announced(document);
  for (const part of all("[data-live]")) {
    const other = fresh.querySelector(`[data-live="${CSS.escape(part.dataset.live)}"]`);
    if (other && !isBusy(part) && part.innerHTML !== other.innerHTML) replacePart(part, other);
  }
  const news = [...announced(document)].filter(([key, text]) => before.get(key) !== text).map(([, text]) => text);
  if (news.length) document.getElementById("live-status").textContent = news.join(". ");
  tellTimes();
}
function follow(address) {
  const CALM_MS = 400;
  let waiting = null;
  let running = false;
  let again = false;
  async function run() {
    waiting = null;
    if (running || document.hidden) { again = true; return; }
    running = true;
    again = false;
    try { await refresh(); } catch { /* the next event tries again */ }
    running = false;
    if (again) soon();
  }
  const soon = () => { waiting ??= setTimeout(run, CALM_MS); };
  const source = new EventSource(address);
  source.addEventListener("open", soon);  // what happened since the page was made, or while it was cut
  source.addEventListener("message", soon);
  document.addEventListener("visibilitychange", () => { if (!document.hidden && again) soon(); });
  addEventListener("pagehide", () => source.close());
}

nameTables(document);
tellTimes();
setInterval(tellTimes, 20000);
all("form[data-choose]").forEach(choosePages);
if (document.body.dataset.liveHref) follow(document.body.dataset.liveHref);
