from copy import copy

from django.utils.translation import gettext_lazy as _
from django.views.generic import UpdateView

from nanchuan.kernel import attaching
from nanchuan.kernel.views import UploadMixin
from services.actions import filing
from services.forms.filing import NeedForm
from services.models import NeedFile
from services.views.need_steps import StepPage


class NeedEdit(StepPage, UploadMixin, UpdateView):
    """Corrected before review; after it was returned, thereby submitted again."""

    verb = "change"
    form_class = NeedForm
    template_name = "services/need_form.html"
    success_message = _("已更新“%(object)s”，等待审核。")

    def get_object(self, queryset=None):
        return copy(self.need)  # the form writes on its own

    def get_context_data(self, **kwargs):
        reason = self.need.remarks.filter(step=self.need.status).first()
        files = self.need.files.all()
        return super().get_context_data(reason=reason, kept_files=files, **kwargs)

    def act(self, form):
        filing.change(self.need, by=self.request.user, **form.facts())
        attaching.attach(NeedFile, form.documents, by=self.request.user, need=self.need)
        return self.need
