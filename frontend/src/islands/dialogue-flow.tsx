/**
 * `<dialogue-flow data-counts="address">` draws the dialogue in the JSON inside it, follows its counts on
 * each tick of the page, and asks the server for a step's panel when one is chosen. The same is on the
 * page as a table, so nothing depends on this drawing.
 */
import "@xyflow/react/dist/style.css";
import "./flow.css";
import { createRoot, type Root } from "react-dom/client";
import type { Drawing, FlowCounts, Node as Step } from "../generated/talk";
import { Flow, type FlowProps } from "./flow/Flow";

interface Given {
  readonly drawing: Drawing;
  readonly counts: FlowCounts;
  readonly words: FlowProps["words"];
}

declare global {
  interface Window {
    htmx?: { ajax(verb: string, path: string, context: { target: string; swap: string }): Promise<void> };
  }
}

class DialogueFlow extends HTMLElement {
  private root: Root | undefined;

  connectedCallback(): void {
    const json = this.querySelector("script[type='application/json']")?.textContent;
    if (!json || this.root) return;
    const given = JSON.parse(json) as Given;
    this.root = createRoot(this);
    this.root.render(
      <Flow
        drawing={given.drawing}
        first={given.counts}
        words={given.words}
        language={document.documentElement.lang}
        follow={this.follow}
        choose={choose}
      />,
    );
  }

  disconnectedCallback(): void {
    this.root?.unmount();
    this.root = undefined;
  }

  private readonly follow = (take: (counts: FlowCounts) => void): (() => void) => {
    const fetchCounts = async (): Promise<void> => {
      const answer = await fetch(this.dataset.counts ?? "", { headers: { accept: "application/json" } });
      if (answer.ok) take((await answer.json()) as FlowCounts);
    };
    // A count that could not be fetched is fetched at the next tick.
    const tick = (): void => void fetchCounts().catch(() => undefined);
    document.body.addEventListener("keskio:tick", tick);
    return () => document.body.removeEventListener("keskio:tick", tick);
  };
}

function choose(step: Step): void {
  if (!window.htmx) {
    window.location.href = step.url;
    return;
  }
  void window.htmx.ajax("get", step.url, { target: "#step-panel", swap: "innerHTML" }).then(() => {
    document.getElementById("step-panel")?.scrollIntoView({ block: "nearest" });
  });
}

customElements.define("dialogue-flow", DialogueFlow);
