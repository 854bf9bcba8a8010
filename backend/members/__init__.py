"""Members: who they are, how they sign in, what they agreed to.

A *member* is opened at first sight, by the mall's own number for her (a *reference*), her phone, or her id; she is
*enrolled* once she agreed to the programme's terms. A *session* is one signed-in device. Phone numbers and addresses
are sealed at rest, found by a blind index, masked on screen and never logged. One-time codes live five minutes, work
once and allow five tries; sign-in says the same whether or not a phone is known (OWASP ASVS 4.0, V2 and V3).
"""
