from django.urls import path

from nanchuan.circulars.views import addressees, circulars, steps, tables

app_name = "circulars"
urlpatterns = [
    path("", circulars.CircularList.as_view(), name="circular-list"),
    path("create/", circulars.CircularCreate.as_view(), name="circular-create"),
    path("numbering/", steps.CircularNumbering.as_view(), name="circular-numbering"),
    path("<int:pk>/", circulars.CircularDetail.as_view(), name="circular-detail"),
    path("<int:pk>/edit/", circulars.CircularEdit.as_view(), name="circular-edit"),
    path("<int:pk>/receivers/", circulars.CircularReceivers.as_view(), name="circular-receivers"),
    path("<int:pk>/questions/create/", circulars.CircularAsk.as_view(), name="circular-ask"),
    path("<int:pk>/drop/", steps.circular_drop, name="circular-drop"),
    path("<int:pk>/publish/", steps.CircularPublish.as_view(), name="circular-publish"),
    path("<int:pk>/recall/", steps.CircularRecall.as_view(), name="circular-recall"),
    path("<int:pk>/replace/", steps.circular_replace, name="circular-replace"),
    path("<int:pk>/extend/", steps.CircularExtend.as_view(), name="circular-extend"),
    path("<int:pk>/remind/", steps.CircularRemind.as_view(), name="circular-remind"),
    path("<int:pk>/close/", steps.circular_close, name="circular-close"),
    path("<int:pk>/archive/", steps.circular_archive, name="circular-archive"),
    path("<int:pk>/table/", tables.CircularTable.as_view(), name="circular-table"),
    path("<int:pk>/files/", tables.circular_files, name="circular-files"),
    path("questions/<int:pk>/edit/", circulars.QuestionEdit.as_view(), name="question-edit"),
    path("questions/<int:pk>/drop/", circulars.question_drop, name="question-drop"),
    path("files/<int:pk>/", circulars.circularfile_take, name="circularfile-take"),
    path("files/<int:pk>/remove/", circulars.circularfile_remove, name="circularfile-remove"),
    path("addressees/<int:pk>/", addressees.AddresseeDetail.as_view(), name="addressee-detail"),
    path("addressees/<int:pk>/confirm/", addressees.addressee_confirm, name="addressee-confirm"),
    path(
        "addressees/<int:pk>/answer/", addressees.AddresseeAnswer.as_view(), name="addressee-answer"
    ),
    path("addressees/<int:pk>/later/", addressees.AddresseeLater.as_view(), name="addressee-later"),
    path("addressees/<int:pk>/accept/", addressees.addressee_accept, name="addressee-accept"),
    path(
        "addressees/<int:pk>/return/", addressees.AddresseeReturn.as_view(), name="addressee-return"
    ),
    path(
        "addressees/<int:pk>/extend/", addressees.AddresseeExtend.as_view(), name="addressee-extend"
    ),
    path("extensions/<int:pk>/grant/", addressees.extension_grant, name="extension-grant"),
    path(
        "extensions/<int:pk>/refuse/", addressees.ExtensionRefuse.as_view(), name="extension-refuse"
    ),
    path("sent/<int:pk>/", addressees.submissionfile_take, name="submissionfile-take"),
]
