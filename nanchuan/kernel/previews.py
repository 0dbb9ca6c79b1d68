"""Form pages that say what will happen, and act only when exactly that was confirmed."""

from django.core import signing

from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import FormActionMixin


class PreviewMixin(FormActionMixin):
    """The first sending answers with sentences, the second, with `confirm`, acts.

    The button carries a seal of the sentences: if what would happen is another thing by then,
    the new sentences are shown instead. Subclasses write `preview(form) -> list[str]` beside
    `act(form)`; both may raise StepRefused.
    """

    asks_always = True

    def preview(self, form) -> list[str]:
        raise NotImplementedError

    def get_context_data(self, **kwargs):
        return super().get_context_data(is_previewed=True, **kwargs)

    def form_valid(self, form):
        if answer := self.first_answer():
            return answer  # what it did is nothing to consider now
        try:
            sentences = [str(sentence) for sentence in self.preview(form)]
        except StepRefused as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        if not sentences and not self.asks_always:
            return super().form_valid(form)
        seal = signing.Signer(salt=self.request.path).sign_object(sentences, compress=True)
        if self.request.POST.get("confirm") == seal:
            return super().form_valid(form)
        context = self.get_context_data(form=form, preview=sentences, seal=seal)
        return self.render_to_response(context)


class DoubtsMixin(PreviewMixin):
    """Asks only where there is something to consider: without a sentence it acts at once."""

    asks_always = False
