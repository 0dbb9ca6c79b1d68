from nanchuan.accounts.models.slips import Slip, with_slips
from nanchuan.accounts.models.users import StaffPost, User

__all__ = ["Slip", "StaffPost", "User", "with_slips"]
