import type { Box, PictureContent, PictureObject } from "../../api/types";

interface Props {
  /** `null` if the node does not say what the picture shows. */
  content: PictureContent | null;
  boxes: Box[];
}

/**
 * The zone and the objects of a snapshot; of an older node the boxes alone, which claim nothing.
 *
 * The coordinates are fractions of the frame, so the drawing scales with the picture.
 */
export function SnapshotDrawing({ content, boxes }: Props) {
  return (
    <svg className="boxes" viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
      {content?.zones.map(({ name, points }) => <Outline key={name} points={points} />)}
      {content
        ? drawingOrder(content.objects).map((object) => (
            <Rectangle key={`${object.role},${object.box.join()}`} box={object.box} kind={objectKind(object)} />
          ))
        : boxes.map((box) => <Rectangle key={box.join()} box={box} kind="marked" />)}
    </svg>
  );
}

/** How an object is drawn. */
export type ObjectKind = "counted" | "expected" | "other" | "marked";

/** Return how an object is drawn: a counted one that is not detected in this frame is only expected there. */
export function objectKind({ role, visible }: PictureObject): ObjectKind {
  if (role === "other") return "other";
  return visible ? "counted" : "expected";
}

/** Counted objects are drawn last, over the others. */
function drawingOrder(objects: PictureObject[]): PictureObject[] {
  return [...objects].sort((a, b) => Number(a.role === "counted") - Number(b.role === "counted"));
}

function Outline({ points }: { points: number[][] }) {
  const path = points.map((point) => point.join(",")).join(" ");
  return points.length > 2 ? <polygon className="box-zone" points={path} /> : <polyline className="box-zone" points={path} />;
}

function Rectangle({ box, kind }: { box: Box; kind: ObjectKind }) {
  const [x = 0, y = 0, width = 0, height = 0] = box;
  return <rect className={`box-${kind}`} x={x} y={y} width={width} height={height} />;
}
