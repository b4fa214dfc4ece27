import { CloseButton, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useState } from 'react';

interface LateInputProps {
  label: string;
  description?: string;
  value: string;
  onChange: (value: string) => void;
  /** The least width that it should have, if there is room. */
  width?: number;
}

/** A text that is told when nobody has typed for a moment, and that follows when it is changed elsewhere. */
export function LateInput({ label, description, value, onChange, width = 0 }: LateInputProps) {
  const [typed, setTyped] = useState(value);
  const [told, setTold] = useState(value);
  const [seen, setSeen] = useState(value);
  if (value !== seen) {
    setSeen(value);
    // What comes back as it was told is our own; more may have been typed since.
    if (value !== told) {
      setTold(value);
      setTyped(value);
    }
  }
  const tell = (text: string) => {
    setTold(text.trim());
    onChange(text.trim());
  };
  const tellLate = useDebouncedCallback(tell, 400);
  return (
    <TextInput
      label={label}
      description={description}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        tellLate(event.currentTarget.value);
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter') tellLate.flush();
      }}
      rightSection={
        typed !== '' && (
          <CloseButton
            size="sm"
            aria-label={`Clear ${label.toLowerCase()}`}
            onClick={() => {
              tellLate.cancel();
              setTyped('');
              tell('');
            }}
          />
        )
      }
      style={{ flex: `1 1 ${width}px`, minWidth: 0 }}
      maxLength={200}
      spellCheck={false}
      autoComplete="off"
    />
  );
}
