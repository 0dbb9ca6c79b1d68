from django.views.generic import TemplateView

from nanchuan.kernel import registers


class RegisterList(TemplateView):
    """The roster and the registers of the park (名册与台账), with what each holds."""

    template_name = "members/register_list.html"

    def get_context_data(self, **kwargs):
        rows = registers.counted_for(self.request)
        return super().get_context_data(registers=rows, **kwargs)
