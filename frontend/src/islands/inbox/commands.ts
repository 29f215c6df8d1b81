/** The command menu: everything on the page that carries `data-command`, found by a few letters. */
import { matching, moved } from "./model";

export class Commands {
  private place = 0;
  private found: HTMLElement[] = [];

  constructor(
    private readonly dialog: HTMLDialogElement,
    private readonly field: HTMLInputElement,
    private readonly list: HTMLElement,
    private readonly none: HTMLElement,
  ) {
    field.addEventListener("input", () => this.draw());
    field.addEventListener("keydown", (event) => this.pressed(event));
    list.addEventListener("click", (event) => {
      const row = event.target instanceof Element ? event.target.closest("li") : null;
      if (row) this.run(Number(row.dataset.place));
    });
  }

  open(): void {
    if (this.dialog.open) return;
    this.field.value = "";
    this.draw();
    this.dialog.showModal();
    this.field.focus();
  }

  private draw(): void {
    const all = [...document.querySelectorAll<HTMLElement>("[data-command]")];
    this.found = matching(all, this.field.value.trim(), (one) => one.dataset.command ?? "");
    this.place = 0;
    this.list.replaceChildren(...this.found.map((one, place) => row(one, place)));
    this.none.hidden = this.found.length > 0;
    this.mark();
  }

  private mark(): void {
    [...this.list.children].forEach((child, place) => child.setAttribute("aria-selected", String(place === this.place)));
    const chosen = this.list.children[this.place];
    this.field.setAttribute("aria-activedescendant", chosen?.id ?? "");
    chosen?.scrollIntoView({ block: "nearest" });
  }

  private pressed(event: KeyboardEvent): void {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by !== undefined) {
      event.preventDefault();
      this.place = moved(this.place, by, this.found.length);
      this.mark();
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.run(this.place);
    }
  }

  private run(place: number): void {
    const chosen = this.found[place];
    if (!chosen) return;
    this.dialog.close();
    chosen.click();
  }
}

function row(command: HTMLElement, place: number): HTMLLIElement {
  const item = document.createElement("li");
  item.id = `command-${place}`;
  item.role = "option";
  item.dataset.place = String(place);
  const name = document.createElement("span");
  name.textContent = command.dataset.command ?? "";
  item.append(name);
  const keys = command.getAttribute("aria-keyshortcuts");
  if (keys) {
    const key = document.createElement("kbd");
    key.textContent = keys.replace("Control", "Ctrl").replaceAll("+", "-");
    item.append(key);
  }
  return item;
}
