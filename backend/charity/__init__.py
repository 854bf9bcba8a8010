"""Giving that can be followed to the last yuan: charities, their projects, donations, the match and the statements.

*Charity*: who spends what is given; its *staff* are members with a role. *Project*: what one gives to, with a goal, a
story, news and figures of what it did. *Donation*: points burned for a project; its id is the id of the entry that
burned them. *Match*: what the programme adds, within the project's budget. *Counting*: donations never lock their
project; a roll-up takes those that wait, in order, under the project's lock, matches each and raises the totals'
version. *Statement*: a charity's month, signed once it is over, equal to the books to the point.

Donations = burns for them; totals = donations counted; matched ≤ budget in any rush; who gave has the badge and nobody
else; a charity's desk reads its own projects only, and counts donors without ever naming one.
"""
