from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nanchuan.kernel.forms import ScopedForm
from nanchuan.kernel.importing import importers
from nanchuan.kernel.importing.importers import Importer
from nanchuan.kernel.importing.models import ImportBatch, ImportRow
from nanchuan.kernel.importing.reading import MOST_LETTERS
from nanchuan.kernel.uploads import too_large

MASK = "*"
ACCEPTED = ".xlsx,.xls,.et,.ods,.csv,.txt"


class UploadForm(ScopedForm):
    """A file; what it is shows in its content."""

    file = forms.FileField(
        max_length=150,
        widget=forms.FileInput({"accept": ACCEPTED}),
        help_text=gettext_lazy(
            "Excel（.xlsx、.xls）、WPS 表格（.et）或 CSV，最多 5000 行。"
            "不用先整理：标题行、合并单元格、合计行和各种日期写法都认得。"
        ),
        error_messages={
            "empty": gettext_lazy("这份文件是空的。请重新选择文件。"),
            "required": gettext_lazy("请选择文件。"),
        },
    )

    def __init__(self, *args, importer: Importer, oversized=(), **kwargs):
        self.oversized = oversized
        super().__init__(*args, **kwargs)
        self.fields["file"].label = importer.file_label

    def clean(self):
        for name in self.oversized:
            self.errors.pop("file", None)
            self.add_error("file", too_large(name))
        return super().clean()


class ColumnsForm(ScopedForm):
    """Which column of the file is which, from which sheet, and where lines belong that do not
    say it."""

    LEAVE_OUT = [("", gettext_lazy("不导入"))]

    def __init__(self, *args, batch: ImportBatch, **kwargs):
        super().__init__(*args, **kwargs)
        reading, self.importer = batch.reading, importers.of(batch.kind)
        self.headers = reading["headers"]
        sheets = [(name, name) for name in reading["sheets"]]
        self.fields["sheet"] = forms.ChoiceField(
            label=_("工作表"),
            choices=sheets,
            initial=reading["sheet"],
            help_text=_("换一张工作表时，会重新认列。"),
        )
        if len(sheets) == 1:
            self.fields["sheet"].widget = forms.HiddenInput()
        self._add_columns(reading)
        places = self.importer.places(self.user)
        self.fields["place"] = forms.ModelChoiceField(
            places,
            label=self.importer.no_place,
            required=False,
            empty_label=_("不填，按错误提示"),
            initial=places.filter(name=reading["place"]).first() if reading["place"] else None,
        )

    def _add_columns(self, reading):
        for index, header in enumerate(self.headers):
            sample = reading["samples"][index]
            self.fields[f"column_{index}"] = forms.ChoiceField(
                label=header or _("第 %(number)d 列（没有列名）") % {"number": index + 1},
                choices=[*self.LEAVE_OUT, *self.importer.labels.items()],
                required=False,
                initial=reading["mapping"].get(str(index), ""),
                help_text=_("例如：%(sample)s") % {"sample": sample} if sample else "",
            )

    def clean(self):
        given = super().clean()
        chosen = [given.get(name) for name in given if name.startswith("column_")]
        for name in {name for name in chosen if name and chosen.count(name) > 1}:
            label = self.importer.labels[name]
            self.add_error(None, _("有两列都对应“%(name)s”。请只留一列。") % {"name": label})
        for name in self.importer.required:
            if name not in chosen and self.same_sheet():
                label = self.importer.labels[name]
                self.add_error(None, _("请指出哪一列是“%(name)s”。") % {"name": label})
        return given

    def same_sheet(self):
        return self.cleaned_data.get("sheet") == self.fields["sheet"].initial

    def mapping(self) -> dict[int, str]:
        given = self.cleaned_data
        found = {index: given.get(f"column_{index}") for index in range(len(self.headers))}
        return {index: name for index, name in found.items() if name}


class RowForm(ScopedForm):
    """The cells of one line as they were typed; numbers stay masked unless they are wrong."""

    def __init__(self, *args, row: ImportRow, **kwargs):
        super().__init__(*args, **kwargs)
        self.row, self.importer = row, importers.of(row.batch.kind)
        self.told = {}
        for note in [*row.data["notes"], *row.data["findings"]]:
            self.told.setdefault(note[0], []).append(note)
        self.before = {}
        for name in [name for name in self.importer.labels if self._is_asked(name)]:
            self._add_field(name)

    def _is_asked(self, name):
        asked = (*self.importer.asked, *self.told)
        return name in self.row.data["cells"] or name in asked

    def _add_field(self, name):
        self.before[name] = text = self._shown(name)
        notes = [text for _field, _level, text in self.told.get(name, ())]
        self.fields[name] = forms.CharField(
            label=self.importer.labels[name],
            required=False,
            max_length=MOST_LETTERS,
            initial=text,
            help_text=" ".join(notes),
            widget=forms.TextInput({"autocomplete": "off", "class": self._class_of(name)}),
        )

    def _class_of(self, name):
        levels = {level for _field, level, _text in self.told.get(name, ())}
        return "is-invalid" if "error" in levels else ""

    def _shown(self, name) -> str:
        cell = self.row.data["cells"].get(name, "")
        text = str(cell[0] if isinstance(cell, list) else cell)
        text = text.removesuffix(".0") if isinstance(cell, float) else text
        if name in self.importer.secret and name not in self.told:
            return self.importer.secret[name](text) if text else ""
        return text

    def changed_cells(self) -> dict[str, str]:
        """What was typed anew; a number that is still masked was not."""
        given = self.cleaned_data
        return {
            name: given[name]
            for name, before in self.before.items()
            if given[name] != before and not (name in self.importer.secret and MASK in given[name])
        }


class AcceptForm(forms.Form):
    """How the name of a place was typed, and which one it means."""

    typed = forms.CharField(max_length=MOST_LETTERS)
    place = forms.ModelChoiceField(None)

    def __init__(self, *args, importer: Importer, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = importer.places(user)
