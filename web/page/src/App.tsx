import { useState } from 'react';
import { ChannelScreen } from './components/ChannelScreen';
import { FinanceScreen } from './components/FinanceScreen';
import { Header } from './components/Header';
import { LiveScreen } from './components/LiveScreen';
import { LoginDialog } from './components/LoginDialog';
import { LoginContext } from './login';
import { useChannelName, useIsFinance } from './router';

export function App() {
  const channelName = useChannelName();
  const isFinance = useIsFinance();
  const [isLoginOpen, setLoginOpen] = useState(false);
  return (
    <LoginContext value={() => setLoginOpen(true)}>
      <Header />
      <main className={channelName ? 'main-channel' : 'main-list'}>
        {channelName && <ChannelScreen key={channelName} name={channelName} />}
        {!channelName && (isFinance ? <FinanceScreen /> : <LiveScreen />)}
      </main>
      {isLoginOpen && <LoginDialog onClose={() => setLoginOpen(false)} />}
    </LoginContext>
  );
}
