"""What the alliance has for a need, ranked, with reasons that are true (匹配): pure, without rows.

`facts` says what goes in and comes out, `ranking` ranks, `words` puts it into words. Whoever asks
builds `Ask` and `Offer` from rows, and only from rows that the reader may see.
"""
