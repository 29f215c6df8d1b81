/**
 * Live parts listen to `keskio:tick` on the body (`hx-trigger="keskio:tick from:body"`). The tick comes every
 * few seconds, and rests while the page is hidden, a dialog is open, or the reader has paused it (WCAG 2.2.2).
 */
const SECONDS = 4;
const PAUSED = "keskio.paused";

export function isPaused(): boolean {
  return sessionStorage.getItem(PAUSED) === "yes";
}

export function tick(): boolean {
  if (document.hidden || isPaused() || document.querySelector("dialog[open]")) return false;
  return document.body.dispatchEvent(new CustomEvent("keskio:tick"));
}

export function startLive(): void {
  const buttons = document.querySelectorAll<HTMLButtonElement>("[data-pause]");
  const show = (): void => {
    for (const button of buttons) {
      button.hidden = false;
      button.setAttribute("aria-pressed", String(isPaused()));
    }
  };
  for (const button of buttons) {
    button.addEventListener("click", () => {
      sessionStorage.setItem(PAUSED, isPaused() ? "no" : "yes");
      show();
      tick();
    });
  }
  show();
  window.setInterval(tick, SECONDS * 1000);
  document.addEventListener("visibilitychange", tick);
}
