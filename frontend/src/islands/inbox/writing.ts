/** The composer: ready texts by `::`, colleagues by `@`, earlier answers by a key, promises, sending. */
import { matching, moved, wordBefore, type Word } from "./model";

interface Offered {
  readonly label: string;
  readonly take: () => void;
}

export class Writing {
  private offered: Offered[] = [];
  private place = 0;
  private lastReply = "here";

  constructor(
    private readonly form: HTMLFormElement,
    private readonly field: HTMLTextAreaElement,
    private readonly list: HTMLElement,
    private readonly say: (text: string) => void,
  ) {
    field.addEventListener("input", () => this.offer());
    field.addEventListener("blur", () => window.setTimeout(() => this.hide(), 150));
    field.addEventListener("keydown", (event) => this.pressed(event));
    list.addEventListener("mousedown", (event) => {
      const row = event.target instanceof Element ? event.target.closest("li") : null;
      if (!row) return;
      event.preventDefault();
      this.offered[Number(row.dataset.place)]?.take();
    });
    form.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest<HTMLButtonElement>("[data-insert]") : null;
      if (!button) return;
      event.preventDefault();
      button.closest("details.menu")?.removeAttribute("open");
      void this.insert(button.value, this.field.selectionEnd, this.field.selectionEnd);
    });
    form.addEventListener("change", (event) => {
      if (event.target instanceof HTMLInputElement && event.target.name === "way") this.say(this.way);
    });
  }

  get isNote(): boolean {
    return this.chosen()?.value === "note";
  }

  get hasText(): boolean {
    return this.field.value.trim() !== "";
  }

  private get way(): string {
    return this.chosen()?.closest("label")?.textContent?.trim() ?? "";
  }

  private chosen(): HTMLInputElement | null {
    return this.form.querySelector<HTMLInputElement>("input[name=way]:checked");
  }

  /** Choose whom one writes to, and go to the field. */
  begin(kind: "reply" | "note" | "toggle"): void {
    const now = this.chosen()?.value ?? "here";
    if (now !== "note") this.lastReply = now;
    const wanted = kind === "note" || (kind === "toggle" && now !== "note") ? "note" : this.lastReply;
    const radio = this.form.querySelector<HTMLInputElement>(`input[name=way][value=${wanted}]`);
    if (radio && !radio.checked) {
      radio.checked = true;
      radio.dispatchEvent(new Event("change", { bubbles: true }));
    }
    this.field.focus();
  }

  send(): void {
    const button = this.form.querySelector<HTMLButtonElement>(this.isNote ? "#send-note" : "#send");
    if (button) this.form.requestSubmit(button);
  }

  confirmPromise(): void {
    const boxes = [...this.form.querySelectorAll<HTMLInputElement>("input[name=promise]")];
    const next = boxes.find((box) => !box.checked) ?? boxes[0];
    if (!next) return;
    next.checked = !next.checked;
    this.say(next.labels?.[0]?.textContent?.trim() ?? "");
  }

  take(place: number): void {
    this.form.querySelectorAll<HTMLButtonElement>(".suggestions [data-insert]")[place - 1]?.click();
  }

  /** Put a ready text in the place of what stands from `start` to `end`. */
  private async insert(what: string, start: number, end: number): Promise<void> {
    const button = this.form.querySelector<HTMLButtonElement>(`[data-insert][value="${what}"]`);
    const body = new FormData(this.form);
    body.set("insert", what);
    const address = button?.formAction ?? this.form.action;
    const answer = await fetch(address, { method: "POST", body, headers: { accept: "text/plain" } });
    const text = await answer.text();
    if (answer.ok) {
      this.put(text, start, end);
    } else {
      this.say(text);
    }
  }

  private put(text: string, start: number, end: number): void {
    this.field.focus();
    this.field.setRangeText(text, start, end, "end");
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  private offer(): void {
    const word = wordBefore(this.field.value, this.field.selectionEnd, this.isNote);
    this.offered = word ? this.offersFor(word) : [];
    this.place = 0;
    this.draw();
  }

  private offersFor(word: Word): Offered[] {
    const end = this.field.selectionEnd;
    if (word.kind === "person") {
      const names = (this.field.dataset.people ?? "").split(" ").filter(Boolean);
      return matching(names, word.typed, (name) => name).slice(0, 8).map((name) => ({
        label: `@${name}`,
        take: () => this.put(`@${name} `, word.start, end),
      }));
    }
    const buttons = [...this.form.querySelectorAll<HTMLButtonElement>("[data-snippet]")];
    const key = (button: HTMLButtonElement): string => button.dataset.snippet ?? "";
    return matching(buttons, word.typed, key).slice(0, 8).map((button) => ({
      label: button.textContent?.replace(/\s+/g, " ").trim() ?? "",
      take: () => void this.insert(button.value, word.start, end),
    }));
  }

  private draw(): void {
    this.list.replaceChildren(
      ...this.offered.map((one, place) => {
        const item = document.createElement("li");
        item.id = `completion-${place}`;
        item.role = "option";
        item.dataset.place = String(place);
        item.textContent = one.label;
        item.setAttribute("aria-selected", String(place === this.place));
        return item;
      }),
    );
    this.list.hidden = this.offered.length === 0;
    if (this.list.hidden) {
      this.field.removeAttribute("aria-activedescendant");
      this.field.removeAttribute("aria-controls");
    } else {
      this.field.setAttribute("aria-controls", this.list.id);
      this.field.setAttribute("aria-activedescendant", `completion-${this.place}`);
    }
  }

  private hide(): void {
    this.offered = [];
    this.draw();
  }

  private pressed(event: KeyboardEvent): void {
    if (this.list.hidden || event.ctrlKey || event.metaKey) return;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by !== undefined) {
      event.preventDefault();
      this.place = moved(this.place, by, this.offered.length);
      this.draw();
    } else if (event.key === "Enter" || event.key === "Tab") {
      event.preventDefault();
      const chosen = this.offered[this.place];
      this.hide();
      chosen?.take();
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.hide();
    }
  }
}
