"""A client of the application under test, to which a bug is an exception, not the page that readers would see."""

from typing import Any

from webtest import TestApp, TestRequest, TestResponse

from warehouse.pages.views import THROW


class Client(TestApp):
    """Lets a bug through to the test, which shows its place; who expects the page of one names its status."""

    __test__ = False

    def do_request(
        self, req: TestRequest, status: Any = None, expect_errors: bool | None = None
    ) -> TestResponse:
        __tracebackhide__ = True
        if status != 500:
            req.environ.setdefault(THROW, True)
        return super().do_request(req, status, expect_errors)
