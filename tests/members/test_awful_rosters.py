"""Ten deliberately awful rosters, each as somebody has really sent one."""

import json
from datetime import date

import pytest
from django.core.management import call_command

from members.models import Membership, PartyMember
from tests import make, rosters
from tests.rosters import id_number

pytestmark = pytest.mark.django_db
NUMBERS = [id_number(number=number) for number in range(20)]


@pytest.fixture
def roster(cast, tmp_path, capsys):
    """Preview a file, or apply it; answers with {row: (state, reasons)} and the counts."""

    def run(data, *options, name="名册.xlsx"):
        path = tmp_path / name
        path.write_bytes(data)
        call_command("import_roster", str(path), *options)
        told = json.loads(capsys.readouterr().out)
        rows = {row["row"]: (row["state"], " ".join(row["reasons"])) for row in told["rows"]}
        states = [state for state, _reasons in rows.values()]
        assert told["counts"] == {
            state: states.count(state) for state in ("new", "same", "changed", "warning", "error")
        }
        return rows

    return run


def states(rows):
    return {number: state for number, (state, _reasons) in rows.items()}


def come_in(roster, data, *names, name="名册.xlsx"):
    """It can be applied, and then it is all the same."""
    roster(data, "--apply", name=name)
    assert set(PartyMember.objects.filter(name__in=names).values_list("name", flat=True)) == set(
        names
    )
    assert set(states(roster(data, name=name)).values()) == {"same"}


def test_1_titles_two_lines_of_headers_merged_branches_and_a_sum(roster, cast):
    data = rosters.xlsx(
        [
            ["lin公司党员花名册（2026年）"],
            ["填报单位：某某", None, None, None, None, "2026年1月"],
            ["所在党支部", "姓  名", "身份信息", None, "入党", None, "人员\n类别"],
            [None, None, "身份证号码*", "性别", "时间", "介绍人", None],
            ["lin党支部", "张 伟", NUMBERS[1], "女", "1998.7", "某某", "正式"],
            [None, "李　娜", NUMBERS[2].lower(), "女", "2005年10月1日", "某某", "正式"],
            [None, "王芳", NUMBERS[3], "女", date(2010, 12, 31), None, "预备"],
            ["wu党支部", "赵静", NUMBERS[4], "女", 40000, None, "正式党员"],
            ["合计", "共 4 人"],
            ["填表人：某某", None, None, None, "审核人：某某"],
        ],
        merged=["A1:G1", "A3:A4", "B3:B4", "C3:D3", "E3:F3", "G3:G4", "A5:A7", "A9:A9"],
    )
    rows = roster(data)
    assert states(rows) == {5: "warning", 6: "new", 7: "new", 8: "new"}
    assert "按当月 1 日" in rows[5][1]
    come_in(roster, data, "张伟", "李娜", "王芳", "赵静")
    joined = dict(PartyMember.objects.values_list("name", "joined_on"))
    assert (joined["张伟"], joined["李娜"]) == (date(1998, 7, 1), date(2005, 10, 1))
    assert joined["赵静"] == date(2009, 7, 6)
    places = dict(Membership.objects.values_list("member__name", "organization__name"))
    assert [places[name] for name in ("李娜", "王芳", "赵静")] == [
        "lin党支部",
        "lin党支部",
        "wu党支部",
    ]


def test_2_a_csv_of_an_old_windows_with_semicolons(roster):
    data = rosters.csv_file(
        [
            ["序号", "名字", "公民身份号码", "党支部", "手机号码"],
            ["1", "张伟", NUMBERS[1], "lin支部", "138 0000 1234"],
            ["2", "欧阳 娜娜", NUMBERS[2], "中共wu支部委员会", "13800001235、13900001235"],
            ["", "", "", "", ""],
            ["", "合计：2人", "", "", ""],
        ],
        "gb18030",
        ";",
    )
    rows = roster(data, name="名册.csv")
    assert states(rows) == {2: "new", 3: "warning"}
    assert "只导入第一个" in rows[3][1]
    come_in(roster, data, "张伟", "欧阳娜娜", name="名册.csv")


def test_3_an_old_workbook_with_serials_merged_cells_and_floats(roster):
    data = rosters.xls(
        [
            ["党员名册", "", "", "", "", ""],
            ["支部", "姓名", "身份证", "出生年月", "入党日期", "电话"],
            ["lin党支部", "张伟", NUMBERS[1], 32874.0, date(2012, 7, 1), 13800001234.0],
            ["", "李娜", NUMBERS[2], "1990.01", 41091.0, "0971-1234567"],
            ["", "王芳", 1.1e17, "1990年1月", "2012.7.1", ""],
        ],
        merged=[(0, 0, 0, 5), (2, 4, 0, 0)],
    )
    rows = roster(data, name="名册.et")
    assert states(rows) == {3: "new", 4: "new", 5: "error"}
    assert "文本" in rows[5][1]
    roster(data, "--apply", "--skip-errors", name="名册.et")
    assert PartyMember.objects.get(name="李娜").born_on == date(1990, 1, 1)
    assert not PartyMember.objects.filter(name="王芳").exists()


def test_4_the_same_people_twice_and_one_of_them_otherwise(roster, cast):
    make.member(cast.lin_branch, name="老党员", id_number=NUMBERS[9], ethnicity="汉族")
    head = ["姓名", "身份证号", "民族", "所在支部"]
    data = rosters.xlsx(
        [
            head,
            ["张伟", NUMBERS[1], "汉", "lin党支部"],
            ["张 伟", NUMBERS[1].lower(), "汉族", "lin党支部"],
            ["张伟", NUMBERS[1], "藏族", "lin党支部"],
            ["老党员", NUMBERS[9], "藏族", "lin党支部"],
            ["别人", NUMBERS[9], "藏族", "lin党支部"],
        ]
    )
    rows = roster(data)
    assert states(rows) == {2: "new", 3: "warning", 4: "error", 5: "changed", 6: "error"}
    assert "与第 2 行重复" in rows[3][1]
    assert "民族不同" in rows[4][1]
    assert "与第 5 行是同一个人" in rows[6][1]
    roster(data, "--apply", "--skip-errors")
    assert PartyMember.objects.filter(name="张伟").count() == 1
    assert PartyMember.objects.of_id_number(NUMBERS[9]).get().ethnicity == "藏族"


def test_5_misspelt_branches_hear_which_is_meant(roster, cast):
    make.organization(cast.root, name="圣源地毯集团有限公司党支部", short_name="圣源地毯")
    head = ["姓名", "性别", "所在党组织", "入党时间"]
    data = rosters.xlsx(
        [
            head,
            ["张伟", "男", "圣原地毯集团有限公司支部", "1998-07-01"],
            ["李娜", "女", "圣源地毯集团有限公司", "1998-07-01"],
            ["王芳", "女", "完全没有听说过的地方", "1998-07-01"],
            ["赵静", "女", "中国共产党圣源地毯集团有限公司支部委员会", "1998-07-01"],
            ["钱静", "女", "圣源地毯", "1998-07-01"],
            ["孙静", "女", "", "1998-07-01"],
        ]
    )
    rows = roster(data)
    assert states(rows) == {2: "error", 3: "error", 4: "error", 5: "new", 6: "new", 7: "error"}
    assert "是不是“圣源地毯集团有限公司党支部”" in rows[2][1]
    assert "是不是“圣源地毯集团有限公司党支部”" in rows[3][1]
    assert "是不是" not in rows[4][1] and "没有名称为" in rows[4][1]
    assert "请填写所在党组织" in rows[7][1]


def test_6_several_sheets_and_only_one_of_them_a_roster(roster):
    data = rosters.xlsx(
        [["填写说明"], ["姓名", "必填"], ["身份证号", "18位"]],
        rosters.table(rosters.line(), rosters.another(1)),
        [["支部", "人数"], ["lin党支部", 2]],
        names=["说明", "花名册", "统计"],
    )
    assert states(roster(data)) == {2: "new", 3: "new"}


def test_7_hostile_cells_are_text_or_sentences(roster):
    lines = [
        rosters.another(1, 备注='=HYPERLINK("http://x")'),
        rosters.another(2, 备注="x" * 201),
        rosters.another(3) | {"姓名": "<script>alert(1)</script>"},
        rosters.another(4, 学历="博学"),
        rosters.another(5) | {"联系电话": "abc"},
        rosters.another(6) | {"公民身份号码": "999901199002301234"},
        rosters.another(7) | {"姓名": "长" * 30_000},
        rosters.another(8, 入党日期="9999-12-31"),
        rosters.another(9, 民族="\u202e族汉"),
    ]
    data = rosters.xlsx(rosters.table(*lines, headers=[*rosters.HEADERS, "备注"]))
    rows = roster(data)
    assert list(states(rows).values()) == [
        "new",
        "error",
        "warning",
        "error",
        "error",
        "error",
        "error",
        "error",
        "warning",
    ]
    for number, sentence in {
        3: "最多 200 个字",
        5: "应为：",
        6: "联系电话只能",
        7: "真实存在",
        8: "太长",
        9: "晚于今天",
    }.items():
        assert sentence in rows[number][1]
    roster(data, "--apply", "--skip-errors")
    assert PartyMember.objects.get(name="<script>alert(1)</script>")


def test_8_no_branch_column_but_the_branch_in_the_title(roster):
    data = rosters.xlsx(
        [
            ["wu党支部党员名册"],
            ["姓名", "性别", "出生日期", "政治面貌", "入党时间"],
            ["张伟", "男", "1980年3月", "中共党员", "二〇〇一年七月"],
            ["李娜", "女", "八五年三月二日", "预备党员", "05.7.1"],
        ],
        merged=["A1:E1"],
    )
    rows = roster(data)
    assert states(rows) == {3: "warning", 4: "new"}
    come_in(roster, data, "张伟", "李娜")
    assert Membership.objects.get(member__name="李娜").organization.name == "wu党支部"
    assert PartyMember.objects.get(name="李娜").born_on == date(1985, 3, 2)


def test_9_numbers_that_disagree_with_the_rest(roster):
    wrong_end = NUMBERS[1][:17] + ("0" if NUMBERS[1][17] != "0" else "1")
    lines = [
        rosters.line(公民身份号码=wrong_end),
        rosters.another(1, 出生日期="1991-01-01"),
        rosters.another(2, 性别="男"),
        rosters.another(3, 性别="", 出生日期=""),
        rosters.another(4) | {"公民身份号码": "110101900101663", "性别": "男"},
        rosters.another(5) | {"公民身份号码": "１" * 17 + "ｘ"},
        rosters.another(6) | {"公民身份号码": "", "性别": ""},
    ]
    rows = roster(rosters.xlsx(rosters.table(*lines)))
    assert list(states(rows).values()) == [
        "warning",
        "warning",
        "warning",
        "new",
        "warning",
        "error",
        "error",
    ]
    assert "GB 11643" in rows[2][1] and "不一致" in rows[3][1] and "15 位" in rows[6][1]
    assert "请填写性别" in rows[8][1]


def test_10_repeated_heads_section_titles_numbered_empty_lines_and_notes(roster):
    head = ["序号", "姓名", "性别", "身份证号码", "所在党组织"]
    data = rosters.xlsx(
        [
            ["党员名册"],
            head,
            ["一、lin党支部"],
            [1, "张伟", "女", NUMBERS[1], "lin党支部"],
            [2, "李娜", "女", NUMBERS[2], "lin党支部"],
            ["小计", 2],
            head,
            ["二、wu党支部"],
            [3, "王芳", "女", NUMBERS[3], "wu党支部"],
            [4, None, None, None, None],
            [5, None, None, None, None],
            ["总计：3人"],
            ["注：以上为 2026 年数据"],
        ]
    )
    assert states(roster(data)) == {4: "new", 5: "new", 9: "new"}
    come_in(roster, data, "张伟", "李娜", "王芳")
