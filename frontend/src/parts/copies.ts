/**
 * `<button data-copies="id" data-copied="Copied">` copies what the element `id` holds (the value of a field, else
 * its text), and says so in the `role="status"` that follows it. Without scripts the button is not shown, and the
 * text can be chosen and copied as any other.
 */
const SHOWN_FOR = 6_000;

/** What is copied of an element: the value of a field, else its text without the space around it. */
export function textOf(source: { value?: unknown; textContent: string | null }): string {
  return typeof source.value === "string" ? source.value : (source.textContent ?? "").trim();
}

function choose(source: Element): void {
  if (source instanceof HTMLInputElement || source instanceof HTMLTextAreaElement) source.select();
  else window.getSelection()?.selectAllChildren(source);
}

/** Copy, also where the page came without TLS and the browser gives no clipboard: then what is chosen is copied. */
async function copy(source: Element): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(textOf(source as Element & { value?: unknown }));
    return true;
  } catch {
    choose(source);
    return document.execCommand("copy");
  }
}

async function copied(button: HTMLElement): Promise<void> {
  const source = document.getElementById(button.dataset.copies ?? "");
  if (!source) return;
  const done = await copy(source);
  const status = button.parentElement?.querySelector<HTMLElement>("[role=status]");
  if (!status) return;
  status.textContent = (done ? button.dataset.copied : button.dataset.chosen) ?? "";
  window.setTimeout(() => { status.textContent = ""; }, SHOWN_FOR);
}

export function startCopies(): void {
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const button = event.target.closest<HTMLElement>("[data-copies]");
    if (button) void copied(button);
  });
}
