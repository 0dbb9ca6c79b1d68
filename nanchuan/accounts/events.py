"""The words of what can happen to accounts."""

from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.events import label

label(
    account__created=_("开设账号"),
    account__disabled=_("停用账号"),
    account__enabled=_("恢复账号"),
    account__signed_in=_("登录"),
    account__sign_in_failed=_("登录失败"),
    account__password_changed=_("修改密码"),
    account__factor_added=_("启用两步验证"),
    account__factor_removed=_("解除两步验证"),
    view__saved=_("保存常用筛选"),
    view__renamed=_("更名常用筛选"),
    view__deleted=_("删除常用筛选"),
    slip__issued=_("签发登录凭条"),
    slip__redeemed=_("使用登录凭条"),
    slip__refused=_("登录凭条无效"),
)
