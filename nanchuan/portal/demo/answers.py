"""Ready answers of the demo, and what makes needs easy to tell: a co-filer, a photo, and what
others may read of them. Every text is plainly invented."""

from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from nanchuan.accounts.models import User
from nanchuan.kernel import attaching
from nanchuan.kernel.uploads import read_document
from services.actions import answers, cofilers
from services.models import Need, NeedFile

ANSWERS = [  # data: category, question, answer, source, days until it is no longer valid
    (
        "policy",
        "稳岗补贴怎么申请",
        "每年一次，企业在线提交花名册和缴费证明，十个工作日内审核。材料清单可向园区社会事业部门领取。",
        "示例文件〔示例〕1 号",
        300,
    ),
    (
        "staff",
        "急招技术员可以找谁",
        "把岗位、人数、待遇和到岗时间发给园区用工服务窗口，每周五统一发布，并推荐到合作的职业院校。",
        "园区用工服务窗口",
        None,
    ),
    (
        "finance",
        "流动资金贷款有没有贴息",
        "符合条件的小微企业可以申请贴息，先与合作银行签约，再凭合同到园区金融服务窗口登记。",
        "示例文件〔示例〕2 号",
        200,
    ),
    (
        "approvals",
        "环评变更要走哪些手续",
        "生产规模和工艺不变的填变更登记表；有变化的重新报批。可以预约园区审批窗口现场看图。",
        "园区审批服务窗口",
        None,
    ),
    (
        "logistics",
        "货车夜间进园怎么办通行证",
        "把车号和时段发给园区交通窗口，当天办结，一次有效期三个月。",
        "园区交通服务窗口",
        None,
    ),
    (
        "party_work",
        "非公企业没有党员活动场地怎么办",
        "可以免费使用园区党群服务中心，提前两天预约；也可以参加联合支部的主题党日。",
        "园区党群服务中心",
        None,
    ),
]


def load(made) -> None:
    staff = User.objects.get(username="staff")
    for number, (category, question, answer, source, days) in enumerate(ANSWERS):
        answers.add(
            by=staff,
            at=made.at(90 - number * 5),
            category=category,
            question=question,
            answer=answer,
            source=source,
            valid_until=None if days is None else made.at(-days).date(),
        )
    _beside_the_open_ones(made)


def _beside_the_open_ones(made) -> None:
    """A unit that asks for the same, and a photo."""
    open_needs = Need.objects.open().order_by("filed_at", "pk")
    for need in open_needs.filter(status__in=Need.PUBLISHED)[:1]:
        units = cofilers.invitable(need.unit).filter(kind="enterprise").order_by("pk")
        others = units.exclude(pk__in=[need.accepted_by_id or 0, need.dispatched_to_id or 0])
        cofilers.invite(need, units=others[:1], by=need.filed_by, at=need.reviewed_at)
    for need in open_needs[:2]:
        photo = read_document(_photo("现场.jpg"))
        attaching.attach(NeedFile, [photo], by=need.filed_by, at=need.filed_at, need=need)


def _photo(name):
    """A plain drawing in place of a photo: walls, a door and a machine."""
    picture = Image.new("RGB", (640, 420), "#F8F7F4")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((40, 120, 600, 380), outline="#475569", width=6)
    pen.rectangle((260, 230, 380, 380), fill="#E4E2DC", outline="#475569", width=4)
    pen.ellipse((440, 260, 560, 380), outline="#2F7D4F", width=8)
    file = BytesIO()
    picture.save(file, "JPEG", quality=80)
    return SimpleUploadedFile(name, file.getvalue(), content_type="image/jpeg")
