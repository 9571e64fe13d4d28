"""`RequestCounts`: how many requests were answered, by route and status. On the web loop."""

from collections import Counter

from quart import Quart, Response, request

_OTHER = "other"


class RequestCounts:
    """Counts what an application answers.

    By the route as it is written: addresses that somebody makes up become no figures of their own.

    Attributes:
        answered: By method, route and status.
    """

    def __init__(self) -> None:
        self.answered: Counter[tuple[str, str, int]] = Counter()

    def install(self, app: Quart) -> None:
        """Count from now on what the application answers."""
        app.after_request(self._count)

    async def _count(self, response: Response) -> Response:
        rule = request.url_rule.rule if request.url_rule else _OTHER
        self.answered[request.method, rule, response.status_code] += 1
        return response
