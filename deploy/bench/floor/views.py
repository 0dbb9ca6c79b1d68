from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render

from floor.models import Row


@login_required
def table(request):
    """Session, user and one indexed query; 25 rows of 8 columns through a template."""
    rows = Row.objects.filter(branch=request.GET.get("branch", 7)).order_by("id")[:25]
    return render(request, "floor/table.html", {"rows": rows})


def row(request, pk):
    """Only the address that each line of the table links to."""
    return HttpResponse(pk)
