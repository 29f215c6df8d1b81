/**
 * `<inbox-keys data-on>` makes the inbox quick by the keyboard: one Tab stop for the list, single keys
 * outside fields (only while `data-on` stands there: the choice is kept on the server), Ctrl-K, Ctrl-Enter and
 * Esc always. Every key presses a link or button of the page, so all of it works without this too.
 */
import { Commands } from "./inbox/commands";
import { doingOf, moved, type Doing } from "./inbox/model";
import { Writing } from "./inbox/writing";

const FIELDS = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";

class InboxKeys extends HTMLElement {
  private commands: Commands | undefined;
  private writing: Writing | undefined;
  private list = "";

  connectedCallback(): void {
    this.list = this.dataset.list ?? "/inbox/";
    const dialog = this.find<HTMLDialogElement>("#commands");
    const command = this.find<HTMLInputElement>("#command");
    const rows = this.find("#command-list");
    const none = this.find("#command-none");
    if (dialog && command && rows && none) this.commands = new Commands(dialog, command, rows, none);
    const form = this.find<HTMLFormElement>("#composer");
    const text = this.find<HTMLTextAreaElement>("#text");
    const offers = this.find("#completions");
    if (form && text && offers) {
      this.writing = new Writing(form, text, offers, (said) => this.say(said));
      text.addEventListener("input", () => this.note(this.writing?.hasText ?? false));
    }
    document.addEventListener("keydown", this.pressed);
    document.body.addEventListener("htmx:beforeRequest", this.spare);
    document.body.addEventListener("htmx:afterSettle", this.settled);
    this.find("#cases")?.addEventListener("focusin", () => this.rove());
    this.rove();
    this.toNewest();
    this.openAsked();
  }

  disconnectedCallback(): void {
    document.removeEventListener("keydown", this.pressed);
    document.body.removeEventListener("htmx:beforeRequest", this.spare);
    document.body.removeEventListener("htmx:afterSettle", this.settled);
  }

  private find<T extends HTMLElement = HTMLElement>(selector: string): T | null {
    return this.querySelector<T>(selector);
  }

  private say(text: string): void {
    const said = this.find("#desk-said");
    if (said) said.textContent = text;
  }

  /** Tell the next pulse whether somebody writes. */
  private note(isWriting: boolean): void {
    const field = this.find<HTMLInputElement>("#pulse-writing");
    if (field) field.value = isWriting ? "1" : "0";
  }

  /** A list in which cases are being chosen is not drawn anew under the hand, nor one that was narrowed down. */
  private readonly spare = (event: Event): void => {
    if (!(event.target instanceof Element) || event.target.id !== "desk-list") return;
    if (this.find(".case-check:checked") || this.find(".list-filter[open], .menu[open]")) event.preventDefault();
  };

  /** What came with a pulse is what one has seen, unless one is in the middle of an answer. */
  private readonly settled = (): void => {
    this.rove();
    const seen = this.find<HTMLInputElement>("#pulse-seen");
    const version = this.find<HTMLInputElement>("#composer-version");
    if (seen && version && this.writing && !this.writing.hasText) version.value = seen.value;
  };

  private links(): HTMLAnchorElement[] {
    return [...this.querySelectorAll<HTMLAnchorElement>("#cases .case-link")];
  }

  /** One Tab stop for the whole list: where one was last, else the open case, else the first. */
  private rove(): void {
    const links = this.links();
    const focused = links.find((link) => link === document.activeElement);
    const open = links.find((link) => link.hasAttribute("aria-current"));
    const stop = focused ?? links.find((link) => link.id === this.dataset.at) ?? open ?? links[0];
    if (stop) this.dataset.at = stop.id;
    for (const link of links) link.tabIndex = link === stop ? 0 : -1;
    for (const box of this.querySelectorAll<HTMLInputElement>(".case-check")) box.tabIndex = -1;
  }

  private toNewest(): void {
    const area = this.find("#thread-area");
    if (area) area.scrollTop = area.scrollHeight;
  }

  /** A question that stands before sending is what one came for: it is read out, and shown. */
  private openAsked(): void {
    this.find(".asked")?.scrollIntoView({ block: "nearest" });
  }

  private readonly pressed = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing) return;
    const inField = event.target instanceof Element && event.target.matches(FIELDS);
    if (this.always(event, inField)) {
      event.preventDefault();
      return;
    }
    if (inField || document.querySelector("dialog[open]")) return;
    if (this.arrows(event)) {
      event.preventDefault();
      return;
    }
    const doing = "on" in this.dataset ? doingOf(event) : undefined;
    if (doing && this.does(doing, event)) event.preventDefault();
  };

  /** What works whatever has been chosen, in fields too. */
  private always(event: KeyboardEvent, inField: boolean): boolean {
    const isCommand = event.ctrlKey || event.metaKey;
    if (isCommand && !event.altKey && event.key.toLowerCase() === "k") {
      this.commands?.open();
      return true;
    }
    if (isCommand && event.key === "Enter" && this.find("#composer:focus-within")) {
      this.writing?.send();
      return true;
    }
    if (event.ctrlKey && event.altKey && event.code === "KeyP") {
      this.writing?.confirmPromise();
      return true;
    }
    return event.key === "Escape" && this.back(inField);
  }

  /** Out of a menu, out of a field, to the list, out of the case. */
  private back(inField: boolean): boolean {
    if (document.querySelector("dialog[open]")) return false;
    const menu = this.find<HTMLDetailsElement>("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary")?.focus();
      return true;
    }
    if (inField && document.activeElement instanceof HTMLElement) {
      const title = this.find("#case-title") ?? this.current();
      document.activeElement.blur();
      title?.focus();
      return true;
    }
    const link = this.current();
    if (link && document.activeElement !== link && link.offsetParent !== null) {
      link.focus();
      return true;
    }
    if (this.find("#case")) {
      window.location.href = this.list;
      return true;
    }
    return false;
  }

  private current(): HTMLAnchorElement | undefined {
    return this.links().find((link) => link.tabIndex === 0);
  }

  private arrows(event: KeyboardEvent): boolean {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by === undefined || event.ctrlKey || event.altKey || event.metaKey) return false;
    const isInList = event.target instanceof Element && event.target.closest("#cases") !== null;
    if (isInList) this.move(by);
    return isInList;
  }

  private move(by: number): void {
    const links = this.links();
    const at = links.findIndex((link) => link === document.activeElement);
    const from = at >= 0 ? at : links.findIndex((link) => link.tabIndex === 0) - (by > 0 && !this.find("#case") ? 1 : 0);
    links[moved(from, by, links.length)]?.focus();
    this.rove();
  }

  private press(selector: string): boolean {
    const found = this.find(selector);
    found?.click();
    return found !== null;
  }

  private does(doing: Doing, event: KeyboardEvent): boolean {
    switch (doing) {
      case "next":
      case "previous":
        this.move(doing === "next" ? 1 : -1);
        return true;
      case "search":
        document.getElementById("desk-q")?.focus();
        return true;
      case "choose": {
        const box = this.current()?.closest("li")?.querySelector<HTMLInputElement>(".case-check");
        box?.click();
        return box !== null;
      }
      case "reply":
      case "note":
      case "toggle":
        this.writing?.begin(doing);
        return this.writing !== undefined;
      case "take":
        this.writing?.take(Number(event.key));
        return this.writing !== undefined;
      case "sheet":
        document.getElementById("show-keys")?.click();
        return true;
      case "undo":
        return this.press("#undo");
      case "assign":
      case "snooze":
      case "close":
        return this.press(`#do-${doing}`);
      case "open":
        return false;
    }
  }
}

customElements.define("inbox-keys", InboxKeys);
