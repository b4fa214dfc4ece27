"""Every way a call can fail: HTTP status, OpenAI error type, code and public message.

A message here is read by strangers: it never holds a key, a pattern, a matched text or an upstream address.
"""

from typing import ClassVar


class ProxyError(Exception):
    """A failure with an answer.

    ``status``, ``type`` and ``code`` are fixed by the class, the message may be told more exactly.
    """

    # What a subclass does not say, its parent has said.
    status: ClassVar[int] = 500
    type: ClassVar[str] = "server_error"
    code: ClassVar[str] = "internal_error"
    public: ClassVar[str] = "The gateway failed to answer this call."

    def __init_subclass__(
        cls,
        *,
        status: int | None = None,
        type: str | None = None,  # noqa: A002 (OpenAI's name)
        code: str | None = None,
    ) -> None:
        super().__init_subclass__()
        cls.status = cls.status if status is None else status
        cls.type = cls.type if type is None else type
        cls.code = cls.code if code is None else code

    def __init__(
        self, message: str | None = None, *, param: str | None = None, retry_after_s: float | None = None
    ) -> None:
        super().__init__(message or self.public)
        self.message = message or self.public
        self.param = param
        self.retry_after_s = retry_after_s

    @property
    def headers(self) -> dict[str, str]:
        """Response headers of the failure: ``Retry-After`` in whole seconds (RFC 9110) and exact milliseconds."""
        if self.retry_after_s is None:
            return {}
        seconds = max(1, -int(-self.retry_after_s // 1))
        return {"retry-after": str(seconds), "retry-after-ms": str(max(1, -int(-self.retry_after_s * 1000 // 1)))}


class InternalError(ProxyError):
    """A fault of ours that nothing more specific names; the last wall answers with it."""


# --- the client's request ---------------------------------------------------------------------------------------------


class BadRequest(ProxyError, status=400, type="invalid_request_error", code="invalid_request"):
    """The request cannot be read, or says something it may not say."""

    public = "The request is not valid."


class BadJson(BadRequest, code="invalid_json"):
    """The body is not one strict JSON reading: syntax, duplicate keys, encoding, depth or size of its parts."""

    public = "The request body is not valid JSON."


class BodyTimeout(ProxyError, status=408, type="invalid_request_error", code="request_timeout"):
    """The request's body arrived too slowly."""

    public = "The request took too long to arrive."


class BodyTooLarge(ProxyError, status=413, type="invalid_request_error", code="request_too_large"):
    """The body exceeds the configured limit."""

    public = "The request body is too large."


class UnsupportedMediaType(ProxyError, status=415, type="invalid_request_error", code="unsupported_media_type"):
    """A content type or content encoding that cannot be inspected is not forwarded."""

    public = "Send the body as JSON in UTF-8, without a content encoding."


class NotFound(ProxyError, status=404, type="invalid_request_error", code="not_found"):
    """No such route or object."""

    public = "There is nothing at this address."


class MethodNotAllowed(ProxyError, status=405, type="invalid_request_error", code="method_not_allowed"):
    """The route exists, the method does not."""

    public = "This route does not answer this method."

    def __init__(self, allow: str) -> None:
        super().__init__(f"This route answers {allow} only.")
        self.allow = allow

    @property
    def headers(self) -> dict[str, str]:
        """``Allow``, as RFC 9110 wants it on every 405."""
        return {"allow": self.allow}


class Conflict(ProxyError, status=409, type="invalid_request_error", code="conflict"):
    """The change collides with what is stored."""

    public = "This collides with an object that exists."


# --- the HTTP request itself (RFC 9112): refused by the server before any route is looked up --------------------------


class MalformedHttp(BadRequest, code="malformed_http"):
    """The bytes are not one HTTP/1.1 request with one reading. The connection is closed after the answer."""

    public = "The request is not valid HTTP/1.1."


class RequestLineTooLong(MalformedHttp, status=414, code="request_line_too_long"):
    """The request line exceeds the configured limit."""

    public = "The request line is too long."


class HeadersTooLarge(MalformedHttp, status=431, code="headers_too_large"):
    """The header block, one header or their number exceeds the configured limit."""

    public = "The request's headers are too many or too large."


class ExpectationFailed(MalformedHttp, status=417, code="expectation_failed"):
    """An ``Expect`` other than ``100-continue``."""

    public = "The only expectation this server meets is 100-continue."


class UnsupportedTransferCoding(MalformedHttp, status=501, code="unsupported_transfer_coding"):
    """A transfer coding other than ``chunked``."""

    public = "The only transfer coding of a request is chunked."


class UnsupportedHttpVersion(MalformedHttp, status=505, code="unsupported_http_version"):
    """An HTTP version other than 1.0 and 1.1."""

    public = "This server speaks HTTP/1.1 and HTTP/1.0."


# --- who may call, and how often --------------------------------------------------------------------------------------


class InvalidKey(ProxyError, status=401, type="invalid_request_error", code="invalid_api_key"):
    """No key, an unknown, a revoked or an expired one: all alike."""

    public = "The API key is missing or not valid. Ask your administrator for a key of this gateway (llmp-…)."

    @property
    def headers(self) -> dict[str, str]:
        """The challenge RFC 9110 wants on every 401."""
        return {"www-authenticate": "Bearer"}


class InvalidAdminToken(InvalidKey, code="invalid_admin_token"):
    """The admin API was called without the admin token, or a session of the dashboard."""

    public = "The admin token is missing or not valid. Send it as 'Authorization: Bearer …'."


class TooManyAttempts(ProxyError, status=429, type="invalid_request_error", code="too_many_attempts"):
    """One address sent too many wrong admin tokens."""

    public = "Too many wrong admin tokens from this address. Wait a minute."


class CrossSiteRequest(ProxyError, status=403, type="invalid_request_error", code="cross_site_request"):
    """Another site's page asked a browser to send this."""

    public = "This request comes from a page with another name. Add that name to ALLOWED_HOSTS if it is this gateway's."


class HostNotAllowed(ProxyError, status=421, type="invalid_request_error", code="host_not_allowed"):
    """The dashboard was asked for under a name it does not have: a public name that was pointed here."""

    public = "This host name is not allowed. Add it to the setting ALLOWED_HOSTS of the gateway."


class RateLimited(ProxyError, status=429, type="requests", code="rate_limit_exceeded"):
    """The key's bucket is empty."""

    public = "The rate limit of this key is used up."

    def __init__(
        self,
        message: str | None = None,
        *,
        retry_after_s: float | None = None,
        extra_headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(message, retry_after_s=retry_after_s)
        self._extra_headers = extra_headers

    @property
    def headers(self) -> dict[str, str]:
        """``Retry-After`` and OpenAI's ``x-ratelimit-*``."""
        return super().headers | dict(self._extra_headers)


class Overloaded(ProxyError, status=503, code="overloaded"):
    """More calls are in flight than the process or the provider may carry."""

    public = "The gateway is at its limit of calls in flight. Try again shortly."


class ShuttingDown(ProxyError, status=503, code="shutting_down"):
    """The process is stopping."""

    public = "The gateway is restarting. Try again shortly."


# --- guard rails ------------------------------------------------------------------------------------------------------


class BadPattern(ProxyError, status=400, type="invalid_request_error", code="invalid_pattern"):
    """A rule that cannot be admitted: the reason is the message."""

    public = "The pattern is not valid."


class GuardrailRejected(ProxyError, status=400, type="guardrail_rejected", code="guardrail_rejected"):
    """A guard rail refused the call. The message names the rule and the event by id, never the pattern or the text."""

    public = "The request was blocked by a guard rail."


class GuardrailUnavailable(ProxyError, status=503, code="guardrail_unavailable"):
    """The rules could not be loaded or the engine failed: nothing is forwarded."""

    public = "The guard rails cannot inspect this call now, so it was not forwarded."


class AuditUnavailable(ProxyError, status=503, code="audit_unavailable"):
    """A guard-rail event could not be written, so the call was neither forwarded nor judged."""

    public = "The audit trail cannot be written now, so the call was not forwarded."


# --- the store --------------------------------------------------------------------------------------------------------


class StoreUnavailable(ProxyError, status=503, code="store_unavailable"):
    """The database cannot be read or written now: locked, full, read-only, or failing."""

    public = "The database cannot be used now. Try again shortly."


# --- the provider -----------------------------------------------------------------------------------------------------


class ProviderGone(ProxyError, status=503, code="provider_unavailable"):
    """The key's provider was deleted."""

    public = "The provider of this key was removed. Ask your administrator."


class UpstreamError(ProxyError, status=502, type="upstream_error", code="upstream_error"):
    """The provider could not be asked, or did not answer as HTTP wants it."""

    public = "The provider could not be reached."


class UpstreamUnavailable(UpstreamError, code="upstream_unavailable"):
    """No connection: refused, unknown name, bad certificate, forbidden address."""

    public = "The connection to the provider failed."


class UpstreamNameUnknown(UpstreamUnavailable, code="upstream_name_unknown"):
    """The provider's host name does not resolve."""

    public = "The provider's host name does not resolve."


class UpstreamTlsError(UpstreamUnavailable, code="upstream_tls_error"):
    """The provider's certificate is not valid."""

    public = "The provider's TLS certificate is not valid."


class UpstreamForbidden(UpstreamUnavailable, code="upstream_address_refused"):
    """The provider's address may not be connected to (link-local, metadata, or private by setting)."""

    public = "The provider's address is not allowed."


class UpstreamBadResponse(UpstreamError, code="upstream_bad_response"):
    """The provider's answer broke the protocol, redirected, or exceeded a limit."""

    public = "The provider's answer was not valid."


class UpstreamInterrupted(UpstreamError, code="upstream_interrupted"):
    """An answer or a stream ended before it was complete."""

    public = "The provider's answer broke off before it was complete."


class UpstreamRateLimited(UpstreamError, status=429, code="upstream_rate_limited"):
    """The provider's own limit, told apart from ours by its code."""

    public = "The provider's rate limit is used up."


class UpstreamAuthError(UpstreamError, code="upstream_auth_error"):
    """The provider refused our credential: our fault or the administrator's, never the client's."""

    public = "The provider refused the gateway's credential. Ask your administrator to check the provider."


class UpstreamTimeout(UpstreamError, status=504, code="upstream_timeout"):
    """The provider did not connect, answer or go on in time."""

    public = "The provider did not answer in time."


class UpstreamIdle(UpstreamTimeout, code="upstream_idle"):
    """A stream fell silent for longer than the idle limit."""

    public = "The provider's stream fell silent."


# --- start and configuration (never answers of a call) ----------------------------------------------------------------


class StartupError(Exception):
    """The process must not start: the reason, in one sentence an operator can act on."""


class SettingsError(StartupError):
    """A setting is missing, unknown or not valid."""


class StoreError(StartupError):
    """The database cannot be used: missing folder, wrong key, damaged file, newer schema."""
