"""What a member may know and undo: everything kept about her, to take away, and her own leaving.

*Export* gives her every row about her, in clear. *Erasure*: the person goes, the entries stay. Phone, name,
reference, delivery, devices, consents, codes, addresses and the bodies of events are removed; what is open is closed
(a redemption that waits is cancelled, a hold let go), her remaining points expire by an entry that says why, and the
chain verifies as before, because nothing personal was ever in it. Her phone may enrol again as somebody new, and so
does her reference: an event that names it afterwards opens a new member (PIPL articles 44 to 47, GDPR 15, 17, 20).
"""
