"""Shapes of answers, for the API description and for clients made from it."""
