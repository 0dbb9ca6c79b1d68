from nanchuan.notices.models.deliveries import Delivery, Notice, Reminder, Setback, Tick

__all__ = ["Delivery", "Notice", "Reminder", "Setback", "Tick"]
