import { Button, Card, Center, Code, Group, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api, ApiError, data } from '@/api/client';
import { cache } from '@/api/queries';
import { Failure } from '@/components/Failure';
import { remembered } from '@/lib/remembered';
import mark from '@/mark.svg';

/** The admin token, once: what the browser keeps is a session cookie that no script can read. */
export function Login() {
  const [token, setToken] = useState('');
  const client = useQueryClient();
  useEffect(() => {
    document.title = 'Log in · LLM Proxy';
  }, []);
  const login = useMutation({
    mutationFn: () => data(api.POST('/admin/session', { body: { token } })),
    onSuccess: (session) => {
      remembered.set();
      client.setQueryData(cache.session, session);
    },
    onSettled: () => setToken(''),
  });
  const isWrong = login.error instanceof ApiError && login.error.status === 401;
  return (
    <Center mih="100vh" p="md" component="main">
      <Card w="100%" maw={400} padding="xl">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            login.mutate();
          }}
        >
          <Stack>
            <Group gap="sm">
              <img src={mark} alt="" width={36} height={36} />
              <Title order={1} size="h3">
                LLM Proxy
              </Title>
            </Group>
            {/* Password managers want a name beside the password. */}
            <input type="text" name="username" autoComplete="username" value="admin" readOnly hidden />
            <PasswordInput
              label="Admin token"
              description={
                <>
                  The gateway&apos;s setting <Code>ADMIN_TOKEN</Code>
                </>
              }
              value={token}
              onChange={(event) => setToken(event.currentTarget.value)}
              error={isWrong && 'This is not the admin token.'}
              autoComplete="current-password"
              autoFocus
              required
            />
            {login.error && !isWrong && <Failure error={login.error} title="You could not be logged in" />}
            <Button type="submit" loading={login.isPending} disabled={token === ''}>
              Log in
            </Button>
            <Text size="xs" c="dimmed">
              The token is sent once and not kept in the browser.
            </Text>
          </Stack>
        </form>
      </Card>
    </Center>
  );
}
