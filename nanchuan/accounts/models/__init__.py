from nanchuan.accounts.models.saved import SavedView
from nanchuan.accounts.models.slips import Slip, with_slips
from nanchuan.accounts.models.users import StaffPost, User

__all__ = ["SavedView", "Slip", "StaffPost", "User", "with_slips"]
