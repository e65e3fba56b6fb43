const PATHS = {
  play: 'M8 5.5v13l10.5-6.5z',
  pause: 'M7 5.5h3.4v13H7zM13.6 5.5H17v13h-3.4z',
  sound: 'M4 9.5v5h3.4l4.6 4v-13l-4.6 4zM15 8.6a4.6 4.6 0 0 1 0 6.8l1.2 1.3a6.4 6.4 0 0 0 0-9.4z',
  muted: 'M4 9.5v5h3.4l4.6 4v-13l-4.6 4zM15 10.1l1.1-1.1 1.9 1.9 1.9-1.9L21 10.1 19.1 12l1.9 1.9-1.1 1.1-1.9-1.9-1.9 1.9-1.1-1.1 1.9-1.9z',
  full: 'M5 5h5.5v2H7v3.5H5zM13.500 5H19v5.500h-2V7h-3.500zM5 13.500h2V17h3.500v2H5zM17 13.500h2V19h-5.500v-2H17z',
};

export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg viewBox="0 0 24 24" width="22" height="22" fill="currentColor" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
