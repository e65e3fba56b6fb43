import { useState, type FormEvent } from 'react';
import { mutate } from '../api/api';
import { START_STREAM, UPDATE_STREAM } from '../api/operations';
import type { Stream, UserError } from '../api/types';
import { Errors, Field, otherErrors } from './Field';

interface FormProps {
  stream: Stream | null;
  onChange: (position: string | null) => void;
}

/** Title, category and tags: of the stream that runs, or of a new one. */
export function StreamForm({ stream, onChange }: FormProps) {
  const [title, setTitle] = useState(stream?.title ?? '');
  const [category, setCategory] = useState(stream?.category ?? '');
  const [tags, setTags] = useState(stream?.tags.join(', ') ?? '');
  const [errors, setErrors] = useState<UserError[]>([]);
  const [state, setState] = useState<'editing' | 'busy' | 'saved'>('editing');

  async function submit(event: FormEvent) {
    event.preventDefault();
    setState('busy');
    const input = { title, category, tags: tags.split(',').map((tag) => tag.trim()).filter(Boolean) };
    const payload = stream
      ? await mutate(UPDATE_STREAM, 'updateStream', { streamId: stream.id, ...input })
      : await mutate(START_STREAM, 'startStream', input);
    setErrors(payload.errors);
    setState(payload.errors.length === 0 ? 'saved' : 'editing');
    if (payload.errors.length === 0) onChange(payload.position);
  }

  function edit(set: (value: string) => void) {
    return (event: { target: { value: string } }) => {
      set(event.target.value);
      setState('editing');
    };
  }

  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Field label="Title" name="title" value={title} onChange={edit(setTitle)} errors={errors} data-testid="stream-title" />
      <Field label="Category" name="category" value={category} onChange={edit(setCategory)} errors={errors} data-testid="stream-category" />
      <Field label="Tags" name="tags" hint="Separated by commas." value={tags} onChange={edit(setTags)} errors={errors} data-testid="stream-tags" />
      <Errors errors={otherErrors(errors, ['title', 'category', 'tags'])} />
      <button type="submit" className="primary wide" disabled={state === 'busy'} data-testid="stream-save">
        {stream ? (state === 'saved' ? 'Saved' : 'Save changes') : 'Get ready to go live'}
      </button>
      {!stream && <p className="hint">Then start sending from OBS: the stream is live with the first picture.</p>}
    </form>
  );
}
