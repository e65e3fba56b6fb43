/** A picture for a channel that has none: streams that join, drawn from its name. */
export function Artwork({ seed }: { seed: string }) {
  const random = generator(seed);
  const hue = 150 + random() * 210;
  const meeting = { x: 180 + random() * 60, y: 60 + random() * 60 };
  const mouth = 40 + random() * 100;
  // Wider than the lines are apart: behind the confluence they run side by side as one river.
  const streams = Array.from({ length: 9 }, (_, index) => {
    const source = 8 + index * 20 + (random() - 0.5) * 14;
    const bend = 60 + random() * 70;
    const lane = (index - 4) * 3.4;
    const joined = meeting.y + lane;
    return {
      d: curve([-10, source], [bend, source], [meeting.x - 80, joined], [meeting.x, joined])
        + curveOn([meeting.x + 55, joined], [270, mouth + lane], [335, mouth + lane]),
      color: hsl(hue + (random() - 0.5) * 80, 50 + random() * 25, 42 + random() * 28),
    };
  });
  return (
    <svg className="artwork" viewBox="0 0 320 180" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      <rect width="320" height="180" fill={hsl(hue, 38, 12)} />
      <g fill="none" strokeWidth="3.6" strokeLinecap="round">
        {streams.map(({ d, color }, index) => <path key={index} d={d} stroke={color} />)}
      </g>
    </svg>
  );
}

type Point = [x: number, y: number];

function curveOn(...points: Point[]): string {
  return ` C ${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join(', ')}`;
}

function curve([x, y]: Point, ...points: Point[]): string {
  return `M ${x.toFixed(1)} ${y.toFixed(1)}${curveOn(...points)}`;
}

function hsl(hue: number, saturation: number, lightness: number): string {
  return `hsl(${hue.toFixed(0)} ${saturation.toFixed(0)}% ${lightness.toFixed(0)}%)`;
}

/** mulberry32 over an FNV-1a hash: the same name draws the same picture everywhere. */
function generator(seed: string): () => number {
  let state = 2166136261;
  for (const char of seed) state = Math.imul(state ^ (char.codePointAt(0) ?? 0), 16777619);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
