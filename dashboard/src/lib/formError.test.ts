import { describe, expect, it } from 'vitest';
import { ApiError } from '@/api/client';
import { fieldError, formError } from './formError';

const refused = new ApiError('base_url has no valid host.', 400, 'invalid_request', 'base_url');

describe('an error of a form', () => {
  it('stands at the field it is about, without the name of the member', () => {
    expect(fieldError(refused, 'base_url')).toBe('Has no valid host.');
    expect(fieldError(refused, 'name')).toBeNull();
  });

  it('keeps its words when they do not begin with the member', () => {
    expect(fieldError(new ApiError('there is no such provider', 400, null, 'provider_id'), 'provider_id')).toBe(
      'There is no such provider',
    );
  });

  it('stands by itself when it is about none of the fields', () => {
    const unreachable = new ApiError('The gateway cannot be reached.', 0);
    expect(formError(refused, ['name', 'base_url'])).toBeNull();
    expect(formError(refused, ['name'])).toBe(refused);
    expect(formError(unreachable, ['name'])).toBe(unreachable);
    expect(formError(null, ['name'])).toBeNull();
  });
});
