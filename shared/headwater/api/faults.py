"""What goes wrong, as a status: of HTTP, from which the codes of gRPC follow."""

from starlette.requests import ClientDisconnect

from headwater.api.batcher import Closing, Expired, Gone, Overloaded, TooLong
from headwater.api.jobs import Crowded, OtherBody, UnknownJob, Unready
from headwater.api.keys import Forbidden, RateLimited, Unauthorized
from headwater.api.service import Swapped, UnknownModel
from headwater.errors import HeadwaterError

__all__ = ["CODES", "FAILED", "STATUS", "status_of"]

# What goes wrong -> its status. The first that fits.
STATUS: tuple[tuple[type[Exception], int], ...] = (
    (Unauthorized, 401),
    (Forbidden, 403),
    (RateLimited, 429),
    (UnknownModel, 404),
    (Swapped, 409),
    (UnknownJob, 404),
    (OtherBody, 422),
    (Overloaded, 429),
    (Crowded, 429),
    (TooLong, 413),
    (Closing, 503),
    (Unready, 503),
    (Expired, 504),
    (Gone, 499),  # nobody reads it; it is counted
    (ClientDisconnect, 499),
    (HeadwaterError, 400),
)
# As google.rpc.Code writes them; 413 as gRPC itself answers a message that is too large.
CODES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "FAILED_PRECONDITION",
    413: "RESOURCE_EXHAUSTED",
    422: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
FAILED = "this server failed on the request; its log says why"  # all that is told of a 500


def status_of(fault: BaseException) -> int:
    """The status of HTTP that a fault is answered with; 500 where nobody foresaw it."""
    return next((status for kind, status in STATUS if isinstance(fault, kind)), 500)
