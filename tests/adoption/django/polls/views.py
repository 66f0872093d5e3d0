from django.http import HttpRequest, HttpResponse

from polls.models import Question


def home(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{Question.objects.count()} questions")
