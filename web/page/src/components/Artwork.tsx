/** A picture for a channel that has none: streams that join, drawn from its name. */
export function Artwork({ seed }: { seed: string }) {
  const random = generator(seed);
  const hue = 150 + random() * 210;
  const meeting = { x: 190 + random() * 70, y: 60 + random() * 60 };
  const streams = Array.from({ length: 9 }, (_, index) => {
    const y = 8 + index * 20 + (random() - 0.5) * 14;
    const bend = 60 + random() * 70;
    return {
      d: `M-10 ${y.toFixed(1)} C ${bend.toFixed(1)} ${y.toFixed(1)}, ${(meeting.x - 80).toFixed(1)} ${meeting.y.toFixed(1)}, ${meeting.x.toFixed(1)} ${meeting.y.toFixed(1)}`,
      width: 1.5 + random() * 3,
      color: `hsl(${(hue + (random() - 0.5) * 70).toFixed(0)} ${(50 + random() * 25).toFixed(0)}% ${(42 + random() * 28).toFixed(0)}%)`,
    };
  });
  const out = 40 + random() * 100;
  return (
    <svg className="artwork" viewBox="0 0 320 180" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      <rect width="320" height="180" fill={`hsl(${hue.toFixed(0)} 38% 13%)`} />
      <g fill="none" strokeLinecap="round">
        {streams.map((stream, index) => (
          <path key={index} d={stream.d} stroke={stream.color} strokeWidth={stream.width} />
        ))}
        <path
          d={`M${meeting.x.toFixed(1)} ${meeting.y.toFixed(1)} C ${(meeting.x + 50).toFixed(1)} ${meeting.y.toFixed(1)}, 280 ${out.toFixed(1)}, 340 ${out.toFixed(1)}`}
          stroke={`hsl(${hue.toFixed(0)} 65% 62%)`}
          strokeWidth="11"
        />
      </g>
    </svg>
  );
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
