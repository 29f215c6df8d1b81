/* The web chat on any page:  <script src="https://…/chat.js" async></script>
 *
 * Draws a button, and on pressing it a window with the chat's own page in a frame. What tells a visitor
 * from another (a signed token) is kept by this page (localStorage), never in a cookie, and is given to the
 * frame only. Options of the script's element: data-lang (fi, en; else the page's language), data-side (left,
 * right); data-user, data-until and data-signature, by which the site's server vouches for who has signed in.
 * From scripts: keskioChat.open(), .close(), .identify({user, until, signature}), .forget().
 * A link or button with the attribute data-keskio-chat opens the chat too.
 */
(() => {
  "use strict";
  const script = document.currentScript;
  if (!script || window.keskioChat) return;
  const home = new URL(script.src).origin;
  const told = script.dataset;
  const EVERY = 30000;
  const KEPT = "keskio-chat";

  const language = () => {
    const said = (told.lang || document.documentElement.lang || navigator.language || "en").slice(0, 2).toLowerCase();
    return said === "fi" ? "fi" : "en";
  };
  const lang = language();

  // Storage may be closed to us: then the visitor is remembered until the page is left.
  let kept = {};
  try { kept = JSON.parse(localStorage.getItem(KEPT) || "{}") || {}; } catch { /* as it is */ }
  const keep = (changes) => {
    kept = { ...kept, ...changes };
    try { localStorage.setItem(KEPT, JSON.stringify(kept)); } catch { /* as it is */ }
  };
  const wasOpen = () => { try { return sessionStorage.getItem(KEPT) === "open"; } catch { return false; } };
  const noteOpen = (is) => { try { sessionStorage.setItem(KEPT, is ? "open" : ""); } catch { /* as it is */ } };

  const whoOf = (from) => from && from.user && from.signature
    ? { user: String(from.user), until: Number(from.until) || 0, signature: String(from.signature) } : null;
  let who = whoOf(told);

  let button, badge, panel, frame, live, look, isOpen = false, isReady = false, wantsFocus = false;

  const STYLE = `
    :host { all: initial; }
    * { box-sizing: border-box; font-family: system-ui, sans-serif; }
    .button { position: fixed; bottom: 1.25rem; z-index: 2147483000; width: 3.5rem; height: 3.5rem; padding: 0;
      border: 2px solid var(--ink); border-radius: 50%; background: var(--colour); color: var(--ink); cursor: pointer;
      box-shadow: 0 2px 10px rgb(0 0 0 / .35); display: grid; place-items: center; }
    .button:focus-visible, .close:focus-visible { outline: 3px solid var(--colour); outline-offset: 3px; box-shadow: 0 0 0 3px #fff; }
    .close:focus-visible { outline-color: var(--ink); outline-offset: -4px; box-shadow: none; }
    .right { right: 1.25rem; } .left { left: 1.25rem; }
    .badge { position: absolute; top: -.4rem; right: -.4rem; min-width: 1.5rem; height: 1.5rem; padding: 0 .35rem; border-radius: 1rem;
      background: #b3261e; color: #fff; border: 2px solid #fff; font-size: .8125rem; font-weight: 700; line-height: 1.25rem; }
    .panel { position: fixed; bottom: 5.5rem; z-index: 2147483001; width: 24rem; max-width: calc(100vw - 2.5rem);
      height: 36rem; max-height: calc(100vh - 7rem); display: flex; flex-direction: column; overflow: hidden; background: #fff;
      border: 1px solid #66757d; border-radius: .75rem; box-shadow: 0 8px 40px rgb(0 0 0 / .35); }
    [hidden] { display: none !important; }
    .head { display: flex; align-items: center; justify-content: space-between; background: var(--colour); color: var(--ink); padding-left: 1rem; }
    .head p { margin: 0; font-size: 1rem; font-weight: 600; }
    .close { width: 3rem; height: 3rem; border: 0; background: transparent; color: inherit; cursor: pointer; display: grid; place-items: center; }
    iframe { flex: 1; width: 100%; border: 0; display: block; }
    .live { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    @media (max-width: 30rem), (max-height: 30rem) { .panel { inset: 0; width: 100%; max-width: none; height: 100%; max-height: none; border: 0; border-radius: 0; } }
    @media (prefers-reduced-motion: no-preference) { .button { transition: transform .15s; } .button:hover { transform: scale(1.06); } }
    @media print { .button, .panel { display: none; } }`;

  const SVG = "http://www.w3.org/2000/svg";
  const sign = (path) => {
    const svg = document.createElementNS(SVG, "svg");
    for (const [name, value] of Object.entries({ viewBox: "0 0 24 24", width: "26", height: "26", "aria-hidden": "true", focusable: "false" })) svg.setAttribute(name, value);
    const line = document.createElementNS(SVG, "path");
    for (const [name, value] of Object.entries({ d: path, fill: "none", stroke: "currentColor", "stroke-width": "2", "stroke-linecap": "round", "stroke-linejoin": "round" })) line.setAttribute(name, value);
    svg.append(line);
    return svg;
  };
  const make = (name, attributes = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };

  const draw = () => {
    const host = make("div", { "data-keskio-chat-host": "" });
    const root = host.attachShadow({ mode: "open" });
    // A sheet made by script is no inline style: it works under a page's own strict policy too.
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      root.adoptedStyleSheets = [sheet];
    } catch {
      root.append(make("style", {}, STYLE)); // an older browser
    }
    host.style.setProperty("--colour", look.colour);
    host.style.setProperty("--ink", look.ink);
    const side = (told.side || look.side) === "left" ? "left" : "right";

    badge = make("span", { class: "badge", hidden: "", "aria-hidden": "true" });
    button = make("button", { class: `button ${side}`, type: "button", "aria-haspopup": "dialog", "aria-expanded": "false", "aria-label": look.words.open, title: look.words.open, lang },
      sign("M4 5h16v11H9l-5 4z"), badge);
    button.addEventListener("click", () => (isOpen ? close() : open()));
    const shut = make("button", { class: "close", type: "button", "aria-label": look.words.close }, sign("M6 6l12 12M18 6L6 18"));
    shut.addEventListener("click", close);
    panel = make("div", { class: `panel ${side}`, role: "dialog", "aria-label": look.words.open, lang, hidden: "" },
      make("div", { class: "head" }, make("p", {}, look.words.open), shut));
    panel.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
    live = make("div", { class: "live", role: "status", lang });
    root.append(button, panel, live);
    document.body.append(host);
  };

  const open = () => show(true);

  const show = (takesFocus) => {
    if (!panel) return;
    isOpen = true;
    noteOpen(true);
    panel.hidden = false;
    button.setAttribute("aria-expanded", "true");
    button.setAttribute("aria-label", look.words.open);
    count(0);
    if (!frame) {
      frame = make("iframe", { title: look.words.open, src: `${home}/chat/frame/?lang=${lang}` });
      panel.append(frame);
    }
    wantsFocus = takesFocus;
    greet("opened");
  };

  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    noteOpen(false);
    // Focus returns only to one who is in the window: nobody else is torn from what she does.
    const isInside = panel.getRootNode().activeElement !== null;
    panel.hidden = true;
    button.setAttribute("aria-expanded", "false");
    greet("closed");
    if (isInside) button.focus();
  };

  const greet = (what) => {
    if (!isReady || !frame) return;
    const focus = isOpen && wantsFocus;
    wantsFocus = false;
    if (focus) frame.focus();
    frame.contentWindow.postMessage({ keskio: what, visitor: kept.visitor || "", who, isOpen, focus }, home);
  };

  const count = (unread) => {
    const words = unread ? (unread === 1 ? look.words.one : look.words.many.replace("{n}", unread)) : "";
    badge.hidden = !unread;
    badge.textContent = unread > 99 ? "99+" : unread || "";
    button.setAttribute("aria-label", words ? `${look.words.open}, ${words}` : look.words.open);
    if (live.textContent !== words) live.textContent = words;
  };

  const ask = async () => {
    if (isOpen || document.hidden || !(kept.visitor || who)) return;
    try {
      const answer = await fetch(`${home}/chat/news/?lang=${lang}`, {
        method: "POST", credentials: "omit", body: JSON.stringify({ visitor: kept.visitor || "", who, seen: kept.seen || 0 }),
      });
      if (answer.ok && !isOpen) count((await answer.json()).unread);
    } catch { /* The network is away; the next time may be better. */ }
  };

  window.addEventListener("message", (event) => {
    if (event.origin !== home || !frame || event.source !== frame.contentWindow || !event.data) return;
    const { keskio: what, visitor, seen } = event.data;
    if (what === "ready") { isReady = true; greet("opened"); }
    if (what === "visitor") keep({ visitor });
    if (what === "seen") keep({ seen });
    if (what === "forget") forget();
    if (what === "close") close();
  });
  document.addEventListener("visibilitychange", ask);
  document.addEventListener("click", (event) => {
    const pressed = event.target instanceof Element && event.target.closest("[data-keskio-chat]");
    if (pressed && panel) { event.preventDefault(); open(); }
  });

  const forget = () => {
    who = null;
    kept = {};
    try { localStorage.removeItem(KEPT); } catch { /* as it is */ }
    if (frame) { frame.remove(); frame = undefined; isReady = false; }
    if (isOpen) show(true); else if (panel) count(0);
  };

  window.keskioChat = {
    open,
    close,
    forget,
    identify(from) { who = whoOf(from); if (isOpen) greet("opened"); else ask(); },
  };

  const start = async () => {
    const answer = await fetch(`${home}/chat/look/?lang=${lang}`, { credentials: "omit" }).catch(() => null);
    if (!answer || !answer.ok) {
      console.info("Keskiö: the chat is not shown here. Is this site listed under Web chat, and is the chat open?");
      return;
    }
    look = await answer.json();
    draw();
    if (wasOpen() && window.innerWidth > 480) show(false);
    setInterval(ask, EVERY);
    ask();
  };
  if (document.body) start(); else document.addEventListener("DOMContentLoaded", start);
})();
