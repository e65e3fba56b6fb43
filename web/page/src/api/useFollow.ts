import { useEffect, useEffectEvent } from 'react';
import { follow } from './live';

/** Follows a subscription with plain variables while the component is shown; null follows nothing. */
export function useFollow<T>(
  document: string,
  variables: Record<string, string> | null,
  handler: (item: T) => void,
): void {
  const onItem = useEffectEvent(handler);
  const key = variables && JSON.stringify(variables);

  useEffect(() => {
    if (key === null) return;
    const fixed = JSON.parse(key) as Record<string, string>;
    return follow<T>(document, {
      variables: () => fixed,
      onItem: (item) => onItem(item),
    });
  }, [document, key]);
}
