from nanchuan.notices.actions.suppression import suppress

__all__ = ["suppress"]
