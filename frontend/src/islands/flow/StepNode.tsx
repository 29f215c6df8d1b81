/** One step as drawn: what it is, what it is called, and how it stands there now. */
import { Handle, Position, type Node, type NodeProps } from "@xyflow/react";
import type { Node as Step, StepCount } from "../../generated/talk";

export interface Words {
  readonly waiting: string;
  readonly passed: string;
  readonly held: string;
  readonly dropped: string;
  readonly start: string;
}

export type StepNodeType = Node<
  {
    step: Step;
    count: StepCount;
    words: Words;
    isFirst: boolean;
    isChosen: boolean;
    format: Intl.NumberFormat;
    choose: (step: Step) => void;
  },
  "step"
>;

export function StepNode({ data }: NodeProps<StepNodeType>) {
  const { step, count, words, format } = data;
  if (step.kind === "stop" || step.kind === "back") {
    return (
      <div className={`flow-stop flow-stop--${step.kind}`}>
        <Handle type="target" position={Position.Top} isConnectable={false} />
        {step.title}
      </div>
    );
  }
  const isEnd = step.kind === "end";
  return (
    <div className={`flow-step flow-step--${step.kind}${data.isChosen ? " is-chosen" : ""}`}>
      <Handle type="target" position={Position.Top} isConnectable={false} />
      {data.isFirst && <span className="flow-start">{words.start}</span>}
      <span className="flow-kind">{step.kind_name}</span>
      <a
        className="flow-title nodrag nopan"
        href={step.url}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey) return;
          event.preventDefault();
          data.choose(step);
        }}
      >
        {step.title}
      </a>
      {step.lines.map((line) => (
        <span className="flow-line" key={line}>
          {line}
        </span>
      ))}
      <dl className="flow-counts">
        {!isEnd && (
          <div className={count.waiting ? "is-some" : ""}>
            <dt>{words.waiting}</dt>
            <dd>{format.format(count.waiting)}</dd>
          </div>
        )}
        <div>
          <dt>{words.passed}</dt>
          <dd>{format.format(count.passed)}</dd>
        </div>
        {(step.kind === "send" || step.kind === "ask") && (
          <>
            <div className={count.held ? "is-held" : ""}>
              <dt>{words.held}</dt>
              <dd>{format.format(count.held)}</dd>
            </div>
            <div className={count.dropped ? "is-dropped" : ""}>
              <dt>{words.dropped}</dt>
              <dd>{format.format(count.dropped)}</dd>
            </div>
          </>
        )}
      </dl>
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
    </div>
  );
}
