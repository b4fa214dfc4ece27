"""May this key call now?"""

from llm_proxy.core.bucket import duration
from llm_proxy.errors import RateLimited
from llm_proxy.ports import Ledger, Limiter
from llm_proxy.records import Admission, ApiKey

Headers = tuple[tuple[str, str], ...]


async def limit(key: ApiKey, limiter: Limiter, ledger: Ledger) -> Headers:
    """Take one request from the key's bucket.

    Return the headers that tell what is left, or count the refusal and raise RateLimited with them.
    """
    admission = await limiter.take(key.id, key.rate_limit_rpm)
    headers = _headers(admission)
    if not admission.granted:
        ledger.limited(key.id, key.provider_id)
        raise RateLimited(
            f"The limit of {admission.limit} requests a minute for this key is used up. "
            f"Try again in {duration(admission.retry_after_s)}.",
            retry_after_s=admission.retry_after_s,
            extra_headers=headers,
        )
    return headers


def _headers(admission: Admission) -> Headers:
    """OpenAI's rate-limit headers; none for a key without a limit."""
    if admission.limit == 0:
        return ()
    return (
        ("x-ratelimit-limit-requests", str(admission.limit)),
        ("x-ratelimit-remaining-requests", str(admission.remaining)),
        ("x-ratelimit-reset-requests", duration(admission.reset_s)),
    )
