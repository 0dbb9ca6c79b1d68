"""How names are spelt: a surname has a reading of its own, and people type another one too."""

from django.db.models import Q
from pypinyin import Style, lazy_pinyin

# Surnames that are read otherwise than the word, or that many people misread: the right reading
# first, then what else is typed for it; a surname of two has a hyphen between its readings.
SURNAMES = """
万俟 mo-qi wan-si
单于 chan-yu shan-yu dan-yu
尉迟 yu-chi wei-chi
长孙 zhang-sun chang-sun
澹台 tan-tai dan-tai
卜 bu bo
仇 qiu chou
员 yun yuan
单 shan dan chan
区 ou qu
召 shao zhao
宓 mi fu
尉 wei yu
折 she zhe
晟 cheng sheng
曾 zeng ceng
朴 piao pu
查 zha cha
柏 bai bo
洗 xian xi
牟 mu mou
盖 ge gai
祭 zhai ji
种 chong zhong
秘 bi mi
繁 po fan
缪 miao mou
翟 zhai di
莘 shen xin
薄 bo bao
藏 zang cang
行 xing hang
覃 qin tan
解 xie jie
谌 chen shen
郇 xun huan
郗 xi chi
都 du dou
阚 kan han
隗 wei kui
重 chong zhong
乐 yue le
"""  # data
READINGS = {
    surname: [reading.split("-") for reading in said]
    for surname, *said in map(str.split, SURNAMES.strip().splitlines())
}


def spell(name: str) -> tuple[str, str]:
    """Pinyin and its initials, in small letters: 单小红 is shanxiaohong, sxh."""
    surname = next((name[:size] for size in (2, 1) if name[:size] in READINGS), "")
    head = READINGS[surname][0] if surname else []
    rest = name[len(surname) :]
    syllables = [*head, *lazy_pinyin(rest)]
    letters = [*(each[0] for each in head), *lazy_pinyin(rest, style=Style.FIRST_LETTER)]
    return _letters(syllables), _letters(letters)


def _letters(pieces) -> str:
    return "".join(each for each in "".join(pieces).lower() if each.isalnum())


def spelt(letters: str) -> Q:
    """Names whose pinyin or initials begin so, a surname by any reading that people use."""
    found = Q(pinyin__startswith=letters) | Q(initials__startswith=letters)
    for surname, (right, *others) in READINGS.items():
        for other in others:
            for field, said, typed in (
                ("pinyin", "".join(right), "".join(other)),
                ("initials", _initials(right), _initials(other)),
            ):
                if said != typed and letters.startswith(typed):
                    spelling = said + letters[len(typed) :]
                    found |= Q(name__startswith=surname, **{f"{field}__startswith": spelling})
    return found


def _initials(reading) -> str:
    return "".join(syllable[0] for syllable in reading)
