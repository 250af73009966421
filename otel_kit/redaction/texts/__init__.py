"""Kinds of text and what hides in them: names and values, URLs, SQL, JSON, markup, cookies, encodings."""
