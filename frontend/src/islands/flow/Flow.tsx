/** A dialogue drawn top-down, read-only: it is laid out once, and only its numbers change after that. */
import {
  Background,
  BackgroundVariant,
  Controls,
  MarkerType,
  ReactFlow,
  ReactFlowProvider,
  useNodesInitialized,
  useNodesState,
  useReactFlow,
  type AriaLabelConfig,
} from "@xyflow/react";
import { useEffect, useMemo, useState } from "react";
import type { Drawing, FlowCounts, Node as Step } from "../../generated/talk";
import { countOf, passedBy } from "./counts";
import { layOut, type Layout } from "./layout";
import { OutcomeEdge, type OutcomeEdgeType } from "./OutcomeEdge";
import { StepNode, type StepNodeType, type Words } from "./StepNode";
import { labelSize, measureIn } from "./words";

export interface FlowProps {
  readonly drawing: Drawing;
  readonly first: FlowCounts;
  readonly words: Words & Readonly<Partial<AriaLabelConfig>>;
  readonly language: string;
  /** Calls back with the counts as they are now, each time they have been fetched. */
  readonly follow: (take: (counts: FlowCounts) => void) => () => void;
  /** Shows a step beside the drawing. */
  readonly choose: (step: Step) => void;
}

const nodeTypes = { step: StepNode };
const edgeTypes = { outcome: OutcomeEdge };
const SMALLEST = 0.2;
const READABLE = 0.62;
const HALF_A_STEP = 128;

export function Flow(props: FlowProps) {
  return (
    <ReactFlowProvider>
      <Drawn {...props} />
    </ReactFlowProvider>
  );
}

function Drawn({ drawing, first, words, language, follow, choose }: FlowProps) {
  const [counts, setCounts] = useState(first);
  const [chosen, setChosen] = useState("");
  const [layout, setLayout] = useState<Layout>();
  const format = useMemo(() => new Intl.NumberFormat(language), [language]);
  const measure = useMemo(() => measureIn(`600 12px ${getComputedStyle(document.body).fontFamily}`), []);
  const flow = useReactFlow<StepNodeType, OutcomeEdgeType>();
  const areMeasured = useNodesInitialized();

  useEffect(() => follow(setCounts), [follow]);

  const [nodes, setNodes, onNodesChange] = useNodesState<StepNodeType>(
    drawing.nodes.map((step) => ({
      id: step.id,
      type: "step",
      position: { x: 0, y: 0 },
      className: "is-unplaced",
      focusable: false,
      data: {
        step,
        words,
        format,
        count: countOf(first, step.id),
        isFirst: step.id === drawing.first,
        isChosen: false,
        choose: (step: Step) => {
          setChosen(step.id);
          choose(step);
        },
      },
    })),
  );

  useEffect(() => {
    if (!areMeasured || layout) return;
    const sizes = new Map(flow.getNodes().map((node) => [node.id, node.measured]));
    const made = layOut(
      drawing,
      (id) => ({ width: sizes.get(id)?.width ?? 2 * HALF_A_STEP, height: sizes.get(id)?.height ?? 120 }),
      (edge) => labelSize(edge.label, measure),
    );
    setLayout(made);
    setNodes((before) =>
      before.map((node) => ({ ...node, className: "", position: made.places.get(node.id) ?? node.position })),
    );
    begin(flow, made, drawing.first);
  }, [areMeasured, layout, drawing, flow, measure, setNodes]);

  useEffect(() => {
    setNodes((before) =>
      before.map((node) => ({
        ...node,
        data: { ...node.data, count: countOf(counts, node.id), isChosen: node.id === chosen },
      })),
    );
  }, [counts, chosen, setNodes]);

  const edges = useMemo<OutcomeEdgeType[]>(() => {
    if (!layout) return [];
    return drawing.edges.flatMap((outcome) => {
      const way = layout.ways.get(outcome.id);
      if (!way) return [];
      return {
        id: outcome.id,
        source: outcome.source,
        target: outcome.target,
        type: "outcome" as const,
        focusable: false,
        markerEnd: { type: MarkerType.ArrowClosed, width: 16, height: 16, color: "var(--line-strong)" },
        data: {
          outcome,
          way,
          size: labelSize(outcome.label, measure),
          passed: passedBy(outcome, counts, drawing.edges),
          format,
        },
      };
    });
  }, [drawing, layout, counts, measure, format]);

  return (
    <ReactFlow
      nodes={nodes}
      edges={edges}
      onNodesChange={onNodesChange}
      nodeTypes={nodeTypes}
      edgeTypes={edgeTypes}
      nodesDraggable={false}
      nodesConnectable={false}
      elementsSelectable={false}
      edgesFocusable={false}
      nodesFocusable={false}
      zoomOnScroll={false}
      preventScrolling={false}
      zoomOnDoubleClick={false}
      minZoom={SMALLEST}
      maxZoom={1.5}
      ariaLabelConfig={words}
    >
      <Background variant={BackgroundVariant.Dots} gap={20} size={1} color="var(--line)" />
      <Controls showInteractive={false} />
    </ReactFlow>
  );
}

/** Show the beginning, as large as can be read: the whole width if it fits, else the first step in the middle. */
function begin(flow: ReturnType<typeof useReactFlow<StepNodeType, OutcomeEdgeType>>, layout: Layout, first: string): void {
  const pane = document.querySelector<HTMLElement>("dialogue-flow");
  const width = pane?.clientWidth ?? 800;
  const zoom = Math.min(1, Math.max(READABLE, width / layout.size.width));
  const drawn = layout.size.width * zoom;
  const wanted = width / 2 - ((layout.places.get(first)?.x ?? 0) + HALF_A_STEP) * zoom;
  const x = drawn <= width ? (width - drawn) / 2 : Math.min(0, Math.max(width - drawn, wanted));
  void flow.setViewport({ x, y: 0, zoom });
}
