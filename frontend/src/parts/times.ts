/** `<time data-ago datetime>` says how long ago it was, in the page's language, and stays true. */
const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** Seconds from now (negative: past) in the largest unit that fits; "now" within five seconds. */
export function inWords(seconds: number, format: Intl.RelativeTimeFormat): string {
  const size = Math.abs(seconds);
  if (size < 5) return format.format(0, "second");
  const [unit, length] = STEPS.find(([, least]) => size >= least) ?? ["second", 1];
  return format.format(Math.trunc(seconds / length), unit);
}

function refresh(format: Intl.RelativeTimeFormat): void {
  const now = Date.now();
  for (const element of document.querySelectorAll<HTMLTimeElement>("time[data-ago]")) {
    const seconds = (Date.parse(element.dateTime) - now) / 1000;
    if (Number.isFinite(seconds) && Math.abs(seconds) < 2 * 86_400) {
      element.textContent = inWords(seconds, format);
    }
  }
}

export function startTimes(): void {
  const format = new Intl.RelativeTimeFormat(document.documentElement.lang || "fi", { numeric: "auto" });
  refresh(format);
  window.setInterval(() => refresh(format), 15_000);
  document.addEventListener("htmx:afterSettle", () => refresh(format));
}
