/** The navigation of narrow screens opens and closes by a button; Escape closes it. A long one shows where we are. */
export function startMenu(): void {
  const button = document.querySelector<HTMLButtonElement>("[data-menu]");
  const side = button?.closest<HTMLElement>(".side");
  if (!button || !side) return;
  const here = side.querySelector<HTMLElement>("[aria-current]");
  if (here && here.offsetTop + here.offsetHeight > side.clientHeight) {
    side.scrollTop = here.offsetTop - side.clientHeight / 2;
  }
  const show = (open: boolean): void => {
    side.classList.toggle("is-open", open);
    button.setAttribute("aria-expanded", String(open));
  };
  button.addEventListener("click", () => show(!side.classList.contains("is-open")));
  side.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !side.classList.contains("is-open")) return;
    show(false);
    button.focus();
  });
}
