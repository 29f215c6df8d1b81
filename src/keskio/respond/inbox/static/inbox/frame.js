// The chat inside another page. Who the visitor is comes from that page, and stands in each request's body.
const body = document.body;
const sites = body.dataset.sites.split(" ");
const list = document.getElementById("messages");
const form = document.getElementById("form");
const field = document.getElementById("text");
const wrong = document.getElementById("wrong");
const hours = document.getElementById("hours");
const first = document.getElementById("first");
const away = document.getElementById("away");
const forgetting = document.getElementById("forgetting");
const BUSY = 4000, CALM = 12000, CALM_AFTER = 180000;

document.documentElement.style.setProperty("--own", body.dataset.colour);
document.documentElement.style.setProperty("--on-own", body.dataset.ink);

let page = "", visitor = "", who = null, isOpen = false, isKept = false, shown = new Set(), last = 0, at = Date.now(), key = "";

const tell = (what) => { if (page) parent.postMessage(what, page); };
const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (n) => n.toString(16).padStart(2, "0")).join("");

async function ask(path, more = {}) {
  return fetch(`/chat/frame/${path}/${location.search}`, {
    method: "POST",
    credentials: "omit",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ visitor, who, ...more }),
  });
}

function show(said) {
  hours.textContent = said.hours;
  away.hidden = said.open || said.known;
  const isNew = said.messages.filter((one) => !shown.has(one.id));
  for (const one of isNew) {
    shown.add(one.id);
    // The words come escaped from our own server, as the page without a frame shows them.
    const item = new DOMParser().parseFromString(one.html, "text/html").body.firstElementChild;
    list.append(item);
    last = Math.max(last, one.id);
  }
  const hasAny = said.messages.length > 0;
  list.hidden = !hasAny;
  first.hidden = hasAny || said.known;
  forgetting.hidden = !hasAny || said.known;
  if (isNew.length) {
    at = Date.now();
    list.lastElementChild.scrollIntoView({ block: "nearest" });
    if (isOpen) tell({ keskio: "seen", seen: last });
  }
}

function fail(sentence) {
  wrong.textContent = sentence;
  wrong.hidden = !sentence;
  if (sentence) field.setAttribute("aria-invalid", "true"); else field.removeAttribute("aria-invalid");
}

async function look() {
  if (!isOpen || document.hidden || !page) return;
  try {
    const answer = await ask("look");
    if (answer.ok) show(await answer.json());
  } catch {
    // The network is away; the next time may be better.
  }
}

async function say(event) {
  event.preventDefault();
  if (form.dataset.busy) return;
  form.dataset.busy = "yes";
  key = key || newKey();
  const given = new FormData(form);
  try {
    const answer = await ask("say", { key, text: given.get("text"), name: given.get("name") || "", email: given.get("email") || "" });
    const said = await answer.json();
    if (answer.ok) {
      if (!isKept && !said.known) { isKept = true; tell({ keskio: "visitor", visitor }); }
      key = "";
      field.value = "";
      fail("");
      show(said);
    } else {
      fail(said.error);
    }
  } catch {
    // The same key goes again, so that what did arrive is not taken twice.
    fail(body.dataset.failed);
  }
  delete form.dataset.busy;
  field.focus();
}

function greeted(event) {
  if (event.source !== parent || !sites.includes(event.origin) || !event.data || !event.data.keskio) return;
  page = event.origin;
  const was = `${visitor}|${who ? who.user : ""}`;
  visitor = event.data.visitor || visitor || body.dataset.visitor;
  isKept = Boolean(event.data.visitor);
  who = event.data.who || null;
  isOpen = event.data.isOpen;
  if (`${visitor}|${who ? who.user : ""}` !== was) { shown = new Set(); list.replaceChildren(); last = 0; }
  if (!isOpen) return;
  look();
  if (event.data.focus) field.focus();
  if (last) tell({ keskio: "seen", seen: last });
}

function wait() {
  setTimeout(async () => { await look(); wait(); }, Date.now() - at < CALM_AFTER ? BUSY : CALM);
}

window.addEventListener("message", greeted);
document.addEventListener("keydown", (event) => { if (event.key === "Escape") tell({ keskio: "close" }); });
document.addEventListener("visibilitychange", look);
form.addEventListener("submit", say);
field.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(); });
document.getElementById("forget").addEventListener("click", () => tell({ keskio: "forget" }));
wait();
if (parent !== window) parent.postMessage({ keskio: "ready" }, "*");
