"""What is asked of the database, in the SQL of both. `{ours}` are the reminders of a scenario."""

REMINDERS = """
SELECT id FROM notices_reminder WHERE ({pairs}) AND subject_type_id =
    (SELECT id FROM django_content_type WHERE app_label = 'alliance' AND model = 'meeting')
"""
CAME = """
SELECT r.rule, r.subject_id, n.recipient_id, COUNT(*)
FROM notices_notice n JOIN notices_reminder r ON r.id = n.reminder_id
WHERE r.id IN ({ours}) GROUP BY 1, 2, 3
"""
LEFT = """
SELECT d.uid, r.rule, r.subject_id, d.recipient_id, d.state, d.attempts
FROM notices_delivery d JOIN notices_reminder r ON r.id = d.reminder_id
WHERE d.channel = 'email' AND r.id IN ({ours})
"""
EARLY = """
SELECT COUNT(*) FROM notices_delivery d JOIN notices_reminder r ON r.id = d.reminder_id
WHERE d.sent_at < r.due_at AND r.id IN ({ours})
"""
QUEUED = """
SELECT COUNT(*) FROM notices_delivery
WHERE state IN ('pending', 'sending') AND reminder_id IN ({ours})
"""
OPEN = "SELECT COUNT(*) FROM notices_reminder WHERE state = 'planned' AND id IN ({ours})"
LATE = """
SELECT channel, sent_at, due_at FROM notices_delivery
WHERE sent_at IS NOT NULL AND reminder_id IN ({ours})
"""
ARRIVED = """
SELECT COUNT(*), MIN(arrived_at), MAX(arrived_at) FROM notices_notice
WHERE reminder_id IN ({ours})
"""
