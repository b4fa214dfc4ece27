import { Center, Loader } from '@mantine/core';

/** What holds a page's place while its code is on the way. */
export function Waiting() {
  return (
    <Center h="60vh">
      <Loader aria-label="Loading" />
    </Center>
  );
}
