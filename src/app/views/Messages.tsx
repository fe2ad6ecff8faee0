/** Errors (role alert, each with what to do) and notices, until dismissed. */
import { useApp, useLab } from '../lab-context.ts';
import { texts } from '../texts.ts';
import { Icon } from './icons.tsx';

export function Messages() {
  const lab = useLab();
  const messages = useApp((state) => state.lab.messages);
  return (
    <div className="messages">
      {messages.map((message) => (
        <div key={message.id} className="message" data-kind={message.kind} role={message.kind === 'error' ? 'alert' : 'note'}>
          <Icon name={message.kind === 'error' ? 'alert' : 'check'} />
          <div>
            <p>{message.text}</p>
            {message.hint !== null && <p className="message-hint">{message.hint}</p>}
          </div>
          <button type="button" className="quiet icon-only" aria-label={texts.messages.dismiss} onClick={() => lab.dismiss(message.id)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
