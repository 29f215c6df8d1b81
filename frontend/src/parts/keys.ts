/** One key answers: in a form with `data-keys`, a key clicks the button whose `data-key` it is. It can be switched off. */
const KEPT = "keskio-keys-off";

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return target.type !== "checkbox" && target.type !== "radio";
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}

export function startKeys(): void {
  const form = document.querySelector<HTMLFormElement>("form[data-keys]");
  if (!form) return;
  const line = form.querySelector<HTMLElement>("[data-keys-switch]");
  const on = form.querySelector<HTMLInputElement>("[data-keys-on]");
  if (line && on) {
    line.hidden = false;
    on.checked = localStorage.getItem(KEPT) !== "1";
    on.addEventListener("change", () => localStorage.setItem(KEPT, on.checked ? "0" : "1"));
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if ((on && !on.checked) || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    form.querySelector<HTMLButtonElement>(`button[data-key="${CSS.escape(event.key)}"]`)?.click();
  });
}
