from datetime import date

from django.db import migrations, models

from nanchuan.kernel.exclusion import no_overlap

ELECTIONS = ("中国共产党基层组织选举工作条例", "第五条", "预备党员不参加表决，也不能被选举。")
RULES = [
    ("election_second", 3, "", "", "", date(2018, 1, 1)),
    ("election_last", 1, "", "", "", date(2018, 1, 1)),
    ("full_members_stand", 1, *ELECTIONS, date(2020, 7, 13)),
]
ONE_HOLDER = no_overlap("members_term", ["organization_id", "post_id"], where="{row}sole")


def tell_old_rows(apps, schema_editor):
    """An empty portal gets the same from the seeds."""
    posts, rules = apps.get_model("members", "Post"), apps.get_model("members", "Rule")
    posts.objects.filter(name="党小组组长").update(elected=False)
    if not rules.objects.exists():
        return
    for code, value, title, article, note, starts_on in RULES:
        facts = {"value": value, "title": title, "article": article, "note": note}
        rules.objects.get_or_create(code=code, defaults=facts | {"starts_on": starts_on})


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0005_person_search'),
    ]

    operations = [
        migrations.AddField(
            model_name='post',
            name='elected',
            field=models.BooleanField(default=True, help_text='换届时选举产生，由正式党员担任。', verbose_name='选举产生'),
        ),
        # SQLite writes the table anew for a column, and forgets its triggers.
        migrations.RunPython(ONE_HOLDER.reverse_code, ONE_HOLDER.code),
        migrations.AddField(
            model_name='term',
            name='end_reason',
            field=models.CharField(blank=True, choices=[('election', '换届'), ('succeeded', '由他人接任'), ('moved', '工作调动'), ('resigned', '辞去职务'), ('removed', '免去职务'), ('left', '离开本组织'), ('other', '其他')], max_length=12, verbose_name='结束原因'),
        ),
        migrations.RunPython(ONE_HOLDER.code, ONE_HOLDER.reverse_code),
        migrations.AlterField(
            model_name='rule',
            name='code',
            field=models.CharField(choices=[('branch_fewest', '成立党支部的正式党员数（不少于）'), ('branch_most', '党支部的党员数（一般不超过）'), ('joint_most_units', '联合党支部覆盖的单位数（一般不超过）'), ('committee_from', '设立支部委员会的正式党员数（不少于）'), ('committee_term', '党委每届任期（年）'), ('branch_term', '党总支和党支部每届任期（年）'), ('election_notice', '提前多久提醒换届（月）'), ('election_second', '第二次提醒换届（届满前，月）'), ('election_last', '最后一次提醒换届（届满前，月）'), ('extension_most', '延期或提前换届（一般不超过，月）'), ('full_members_stand', '选举产生的职务由正式党员担任（1 为是）'), ('away_months', '外出多久应当转接组织关系（月）'), ('out_of_touch_months', '失去联系多久可以停止党籍（月）'), ('probation_months', '预备期（月）'), ('letter_days', '组织关系介绍信有效期（天）'), ('transfer_chase_days', '转接申请多久未办理就催办（天）')], max_length=30, verbose_name='规则'),
        ),
        migrations.RunPython(tell_old_rows, migrations.RunPython.noop),
    ]
