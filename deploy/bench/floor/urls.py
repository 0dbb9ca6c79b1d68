from django.urls import path

from floor import views

urlpatterns = [
    path("table/", views.table, name="table"),
    path("rows/<int:pk>/", views.row, name="row"),
]
