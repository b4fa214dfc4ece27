"""Every way a call can fail: HTTP status, OpenAI error type, code and public message.

A message here is read by strangers: it never holds a key, a pattern, a matched text or an upstream address.
"""

from typing import ClassVar


class ProxyError(Exception):
    """A failure with an answer. ``status``, ``type`` and ``code`` are fixed by the class, the message may be told more exactly."""

    status: ClassVar[int] = 500
    type: ClassVar[str] = "server_error"
    code: ClassVar[str] = "internal_error"
    public: ClassVar[str] = "The gateway failed to answer this call."

    def __init__(self, message: str | None = None, *, param: str | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(message or self.public)
        self.message = message or self.public
        self.param = param
        self.retry_after_s = retry_after_s

    @property
    def headers(self) -> dict[str, str]:
        """Response headers that belong to the failure: ``Retry-After`` in whole seconds (RFC 9110) and exact milliseconds."""
        if self.retry_after_s is None:
            return {}
        seconds = max(1, -int(-self.retry_after_s // 1))
        return {"retry-after": str(seconds), "retry-after-ms": str(max(1, -int(-self.retry_after_s * 1000 // 1)))}


class InternalError(ProxyError):
    """A fault of ours that nothing more specific names; the last wall answers with it."""


# --- the client's request -------------------------------------------------------------------------------------------


class BadRequest(ProxyError):
    """The request cannot be read, or says something it may not say."""

    status = 400
    type = "invalid_request_error"
    code = "invalid_request"
    public = "The request is not valid."


class BadJson(BadRequest):
    """The body is not one strict JSON reading: syntax, duplicate keys, encoding, depth or size of its parts."""

    code = "invalid_json"
    public = "The request body is not valid JSON."


class BodyTimeout(ProxyError):
    """The request's body arrived too slowly."""

    status = 408
    type = "invalid_request_error"
    code = "request_timeout"
    public = "The request took too long to arrive."


class BodyTooLarge(ProxyError):
    """The body exceeds the configured limit."""

    status = 413
    type = "invalid_request_error"
    code = "request_too_large"
    public = "The request body is too large."


class UnsupportedMediaType(ProxyError):
    """A content type or content encoding that cannot be inspected is not forwarded."""

    status = 415
    type = "invalid_request_error"
    code = "unsupported_media_type"
    public = "Send the body as JSON in UTF-8, without a content encoding."


class NotFound(ProxyError):
    """No such route or object."""

    status = 404
    type = "invalid_request_error"
    code = "not_found"
    public = "There is nothing at this address."


class MethodNotAllowed(ProxyError):
    """The route exists, the method does not."""

    status = 405
    type = "invalid_request_error"
    code = "method_not_allowed"
    public = "This route does not answer this method."

    def __init__(self, allow: str) -> None:
        super().__init__(f"This route answers {allow} only.")
        self.allow = allow

    @property
    def headers(self) -> dict[str, str]:
        """``Allow``, as RFC 9110 wants it on every 405."""
        return {"allow": self.allow}


class Conflict(ProxyError):
    """The change collides with what is stored."""

    status = 409
    type = "invalid_request_error"
    code = "conflict"
    public = "This collides with an object that exists."


# --- who may call, and how often ------------------------------------------------------------------------------------


class InvalidKey(ProxyError):
    """No key, an unknown, a revoked or an expired one: all alike."""

    status = 401
    type = "invalid_request_error"
    code = "invalid_api_key"
    public = "The API key is missing or not valid. Ask your administrator for a key of this gateway (llmp-…)."

    @property
    def headers(self) -> dict[str, str]:
        """The challenge RFC 9110 wants on every 401."""
        return {"www-authenticate": "Bearer"}


class InvalidAdminToken(InvalidKey):
    """The admin API was called without the admin token."""

    code = "invalid_admin_token"
    public = "The admin token is missing or not valid. Send it as 'Authorization: Bearer …'."


class TooManyAttempts(ProxyError):
    """One address sent too many wrong admin tokens."""

    status = 429
    type = "invalid_request_error"
    code = "too_many_attempts"
    public = "Too many wrong admin tokens from this address. Wait a minute."


class RateLimited(ProxyError):
    """The key's bucket is empty."""

    status = 429
    type = "requests"
    code = "rate_limit_exceeded"
    public = "The rate limit of this key is used up."


class Overloaded(ProxyError):
    """More calls are in flight than the process or the provider may carry."""

    status = 503
    code = "overloaded"
    public = "The gateway is at its limit of calls in flight. Try again shortly."


class ShuttingDown(ProxyError):
    """The process is stopping."""

    status = 503
    code = "shutting_down"
    public = "The gateway is restarting. Try again shortly."


# --- guard rails ----------------------------------------------------------------------------------------------------


class BadPattern(ProxyError):
    """A rule that cannot be admitted: the reason is the message."""

    status = 400
    type = "invalid_request_error"
    code = "invalid_pattern"
    public = "The pattern is not valid."


class GuardrailRejected(ProxyError):
    """A guard rail refused the call. The message names the rule's and the event's ids, never the pattern or the text."""

    status = 400
    type = "guardrail_rejected"
    code = "guardrail_rejected"
    public = "The request was blocked by a guard rail."


class GuardrailUnavailable(ProxyError):
    """The rules could not be loaded or the engine failed: nothing is forwarded."""

    status = 503
    code = "guardrail_unavailable"
    public = "The guard rails cannot inspect this call now, so it was not forwarded."


class AuditUnavailable(ProxyError):
    """A guard-rail event could not be written, so the call was neither forwarded nor judged."""

    status = 503
    code = "audit_unavailable"
    public = "The audit trail cannot be written now, so the call was not forwarded."


# --- the provider ---------------------------------------------------------------------------------------------------


class ProviderGone(ProxyError):
    """The key's provider was deleted."""

    status = 503
    code = "provider_unavailable"
    public = "The provider of this key was removed. Ask your administrator."


class UpstreamError(ProxyError):
    """The provider could not be asked, or did not answer as HTTP wants it."""

    status = 502
    type = "upstream_error"
    code = "upstream_error"
    public = "The provider could not be reached."


class UpstreamUnavailable(UpstreamError):
    """No connection: refused, unknown name, bad certificate, forbidden address."""

    code = "upstream_unavailable"
    public = "The connection to the provider failed."


class UpstreamNameUnknown(UpstreamUnavailable):
    """The provider's host name does not resolve."""

    code = "upstream_name_unknown"
    public = "The provider's host name does not resolve."


class UpstreamTlsError(UpstreamUnavailable):
    """The provider's certificate is not valid."""

    code = "upstream_tls_error"
    public = "The provider's TLS certificate is not valid."


class UpstreamForbidden(UpstreamUnavailable):
    """The provider's address may not be connected to (link-local, metadata, or private by setting)."""

    code = "upstream_address_refused"
    public = "The provider's address is not allowed."


class UpstreamBadResponse(UpstreamError):
    """The provider's answer broke off, broke the protocol, redirected, or exceeded a limit."""

    code = "upstream_bad_response"
    public = "The provider's answer was not valid."


class UpstreamInterrupted(UpstreamError):
    """A stream ended before it was complete."""

    code = "upstream_interrupted"
    public = "The provider's stream broke off before it was complete."


class UpstreamAuthError(UpstreamError):
    """The provider refused our credential: our fault or the administrator's, never the client's."""

    code = "upstream_auth_error"
    public = "The provider refused the gateway's credential. Ask your administrator to check the provider."


class UpstreamTimeout(UpstreamError):
    """The provider did not connect, answer or go on in time."""

    status = 504
    code = "upstream_timeout"
    public = "The provider did not answer in time."


class UpstreamIdle(UpstreamTimeout):
    """A stream fell silent for longer than the idle limit."""

    code = "upstream_idle"
    public = "The provider's stream fell silent."


# --- start and configuration (never answers of a call) ---------------------------------------------------------------


class StartupError(Exception):
    """The process must not start: the reason, in one sentence an operator can act on."""


class SettingsError(StartupError):
    """A setting is missing, unknown or not valid."""


class StoreError(StartupError):
    """The database cannot be used: missing folder, wrong key, damaged file, newer schema."""
