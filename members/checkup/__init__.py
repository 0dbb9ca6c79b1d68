"""Which duties an organization has met, which are due, missed, not asked for, and why (支部体检).

From rows alone: `periods` says which periods a year has under the versions of a rule, `facts`
loads what is needed for many organizations at once, `judging` is pure, `words` puts it in
sentences, `findings` looks at how an organization stands today.
"""
