// Words and numbers as a person reads them, in the browser's language where that costs nothing.

const whole = new Intl.NumberFormat();
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

export function count(value: number): string {
  return whole.format(value);
}

/** "10.00", "USD" → "$10.00". The amount stays a decimal string: no float takes part. */
export function money(amount: string, currency: string): string {
  if (!/^-?\d+(\.\d+)?$/.test(amount)) return `${amount} ${currency}`;
  try {
    const format = new Intl.NumberFormat(undefined, { style: 'currency', currency });
    return format.format(amount as `${number}`);
  } catch {
    return `${amount} ${currency}`;
  }
}

export function timeOfDay(instant: string): string {
  return clock.format(new Date(instant));
}

/** "8 min", "2 h 05 min": how long ago, for a stream that runs. */
export function since(instant: string, nowMs: number): string {
  const minutes = Math.max(0, Math.floor((nowMs - Date.parse(instant)) / 60_000));
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** "1 Dec 2026, 11:05", in the browser's zone. */
export function dateAndTime(instant: string): string {
  return moment.format(new Date(instant));
}

/** "HANDED_OVER" → "handed over". */
export function words(constant: string): string {
  return constant.toLowerCase().replaceAll('_', ' ');
}
