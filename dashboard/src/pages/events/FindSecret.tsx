import { Button, Group, PasswordInput, Stack, Text } from '@mantine/core';
import { IconRoute } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { api, data } from '@/api/client';
import { Failure } from '@/components/Failure';
import { FormDialog } from '@/components/FormDialog';
import { asFingerprint } from '@/lib/secrets';

/** Ask where a secret went: by the secret, of which only its fingerprint is kept, or by its fingerprint. */
export function FindSecret() {
  const navigate = useNavigate();
  const [isOpen, setOpen] = useState(false);
  const [value, setValue] = useState('');
  const close = () => {
    setOpen(false);
    setValue('');
    find.reset();
  };
  const find = useMutation({
    mutationFn: () => data(api.POST('/admin/fingerprints', { body: { value } })),
    gcTime: 0,
    onSuccess: ({ fingerprint, count }) => {
      // A secret may look like a fingerprint: it is one when it was never found as a secret.
      const pasted = count === 0 ? asFingerprint(value) : null;
      close();
      void navigate(`/events/secrets/${pasted ?? fingerprint}`);
    },
  });
  return (
    <>
      <Button variant="default" leftSection={<IconRoute size={16} aria-hidden />} onClick={() => setOpen(true)}>
        Trace a secret
      </Button>
      <FormDialog opened={isOpen} onClose={close} title="Where did a secret go?" dirty={value !== ''}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (value !== '') find.mutate();
          }}
        >
          <Stack>
            <Text size="sm">
              Paste the secret alone, as a rule would find it, or its fingerprint. The gateway makes a keyed hash of it
              and looks that up: the secret is neither stored nor logged, and is no part of an address.
            </Text>
            <PasswordInput
              label="Secret or fingerprint"
              value={value}
              onChange={(event) => setValue(event.currentTarget.value)}
              autoComplete="off"
              spellCheck={false}
              data-autofocus
            />
            {find.error && <Failure error={find.error} title="It could not be looked up" />}
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                Cancel
              </Button>
              <Button type="submit" disabled={value === ''} loading={find.isPending}>
                Find
              </Button>
            </Group>
          </Stack>
        </form>
      </FormDialog>
    </>
  );
}
