"""Lookout for Vision's protocol (2020-11-20): its nouns, rules, limits and answers.

Standard library only. Names on the wire are the protocol's; everything here is written from its
documented behaviour.
"""
