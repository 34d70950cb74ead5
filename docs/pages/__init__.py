"""The generated reference pages, one module a page; each has a function that returns the page's text."""
